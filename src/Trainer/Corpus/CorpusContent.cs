using System.Reflection;

namespace ChatLoop.Trainer.Corpus;

/// <summary>A group of intents and its share of the dialogues' first turns.</summary>
public sealed record Domain(string Name, double Share, IReadOnlyList<Intent> Intents);

/// <summary>The grammars and tables that the corpus is made of; they are embedded in this assembly.</summary>
public sealed class CorpusContent
{
    private static readonly (string Name, double Share)[] DomainShares =
        [("arithmetic", 0.36), ("countries", 0.31), ("small-talk", 0.23), ("general", 0.06), ("unknown", 0.04)];

    private CorpusContent(IReadOnlyList<Domain> domains, IReadOnlyDictionary<string, IFactSource> sources)
    {
        Domains = domains;
        Sources = sources;
        Intents = domains.SelectMany(d => d.Intents).ToDictionary(i => i.Name, StringComparer.Ordinal);
        if (Intents.Values.FirstOrDefault(i => i.Source is { } s && !sources.ContainsKey(s)) is { } lost)
            throw new FormatException($"Intent '{lost.Name}' draws from '{lost.Source}', which is neither a table nor a rule.");
    }

    public IReadOnlyList<Domain> Domains { get; }
    public IReadOnlyDictionary<string, IFactSource> Sources { get; }
    public IReadOnlyDictionary<string, Intent> Intents { get; }
    public FactTable Countries => (FactTable)Sources["countries"];

    public static CorpusContent Load()
    {
        var sources = new Dictionary<string, IFactSource>(ArithmeticRule.All, StringComparer.Ordinal)
        {
            ["countries"] = FactTable.FromTsv(Lines("countries.tsv")),
            ["names"] = FactTable.FromWords("name", string.Join(' ', Lines("names.txt"))),
            ["imaginary"] = FactTable.FromWords("place", string.Join(' ', Lines("imaginary.txt"))),
        };
        foreach (var table in FactTable.FromTsv(Lines("general.tsv")).Rows.GroupBy(r => r["table"])) sources[table.Key] = new FactTable([.. table]);
        return new([.. DomainShares.Select(d => new Domain(d.Name, d.Share, IntentGrammar.Parse(d.Name, Lines($"{d.Name}.grammar"))))], sources);
    }

    private static IEnumerable<string> Lines(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Corpus.{name}")
            ?? throw new FileNotFoundException($"The embedded corpus file '{name}' is missing.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line) yield return line;
    }
}
