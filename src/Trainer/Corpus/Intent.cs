namespace ChatLoop.Trainer.Corpus;

/// <summary>One thing that a user may want, with the ways to say it and the ways to answer.</summary>
/// <param name="Source">The table or rule whose rows fill the templates; null without.</param>
/// <param name="After">Intents that it goes on from, whatever their source; empty for all of its own source.</param>
public sealed record Intent(string Name, double Weight, string? Source, IReadOnlyList<string> After)
{
    /// <summary>What a user says out of the blue.</summary>
    public List<Template> Openings { get; } = [];
    /// <summary>What a user says about the row of the turn before.</summary>
    public List<Template> SameRowFollowUps { get; } = [];
    /// <summary>What a user says to ask the same about another row.</summary>
    public List<Template> OtherRowFollowUps { get; } = [];
    public List<Template> Answers { get; } = [];
    /// <summary>Questions that an answer may end with.</summary>
    public List<Template> Questions { get; } = [];
    /// <summary>Questions that a "yes" answers with another row.</summary>
    public List<Template> Offers { get; } = [];
    /// <summary>Friendly remarks that an answer may end with.</summary>
    public List<Template> Remarks { get; } = [];
}

/// <summary>Reads intents from the project's grammar files; the first of them explains the notation.</summary>
public static class IntentGrammar
{
    /// <exception cref="FormatException">Names the file and line.</exception>
    public static IReadOnlyList<Intent> Parse(string file, IEnumerable<string> lines)
    {
        List<Intent> intents = [];
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            try
            {
                ParseLine(intents, line);
            }
            catch (FormatException e)
            {
                throw new FormatException($"{file}, line {number}: {e.Message}", e);
            }
        }
        return intents;
    }

    private static void ParseLine(List<Intent> intents, string line)
    {
        if (line.Length == 0 || line[0] == '#') return;
        if (line[0] == '[')
        {
            intents.Add(ParseHeader(line));
            return;
        }
        if (intents.Count == 0) throw new FormatException("a template before the first [intent].");
        var (mark, template) = line.Split(' ', 2) is [var m, var text] ? (m, Template.Parse(text)) : throw new FormatException($"'{line}' has no template.");
        var intent = intents[^1];
        (mark switch
        {
            ">" => intent.Openings,
            "+" => intent.SameRowFollowUps,
            "&" => intent.OtherRowFollowUps,
            "=" => intent.Answers,
            "?" => intent.Questions,
            "??" => intent.Offers,
            "!" => intent.Remarks,
            _ => throw new FormatException($"unknown mark '{mark}'."),
        }).Add(template);
    }

    /// <summary><c>[name] weight</c>, then <c>from source</c>, then <c>after intent intent …</c>, the last two as needed.</summary>
    private static Intent ParseHeader(string line)
    {
        var end = line.IndexOf(']', StringComparison.Ordinal);
        var words = end < 0 ? [] : line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            [var weight] => new(line[1..end], double.Parse(weight), null, []),
            [var weight, "from", var source] => new(line[1..end], double.Parse(weight), source, []),
            [var weight, "from", var source, "after", .. var after] => new(line[1..end], double.Parse(weight), source, after),
            [var weight, "after", .. var after] => new(line[1..end], double.Parse(weight), null, after),
            _ => throw new FormatException($"'{line}' is not '[name] weight from source after intents'."),
        };
    }
}
