using System.Reflection;

namespace ChatLoop.Trainer.Corpus;

/// <summary>A group of intents and its share of the dialogues' first turns.</summary>
public sealed record Domain(string Name, double Share, IReadOnlyList<Intent> Intents);

/// <summary>The grammars and tables that the corpus is made of; they are embedded in this assembly.</summary>
public sealed class CorpusContent
{
    private static readonly (string Name, double Share)[] DomainShares =
    [
        ("arithmetic", 0.35), ("countries", 0.22), ("small-talk", 0.19), ("units", 0.07), ("unknown", 0.07), ("definitions", 0.055), ("general", 0.045),
    ];

    private readonly Dictionary<string, IReadOnlyList<Intent>> _followUps;

    /// <exception cref="FormatException">An intent names a source or an intent that is not there.</exception>
    public CorpusContent(IReadOnlyList<Domain> domains, IReadOnlyDictionary<string, IFactSource> sources)
    {
        Domains = domains;
        Sources = sources;
        Intents = domains.SelectMany(d => d.Intents).ToDictionary(i => i.Name, StringComparer.Ordinal);
        if (Intents.Values.FirstOrDefault(i => i.Source is { } s && !sources.ContainsKey(s)) is { } lost)
            throw new FormatException($"Intent '{lost.Name}' draws from '{lost.Source}', which is neither a table nor a rule.");
        if (Intents.Values.SelectMany(i => i.After).FirstOrDefault(n => !Intents.ContainsKey(n)) is { } unknown)
            throw new FormatException($"An intent follows '{unknown}', which is no intent.");
        _followUps = Intents.Values.ToDictionary(i => i.Name, i => (IReadOnlyList<Intent>)[.. Intents.Values.Where(next => Follows(next, i))], StringComparer.Ordinal);
    }

    private static bool Follows(Intent next, Intent last) => next.SameRowFollowUps.Count > 0
        && (next.After.Count > 0 ? next.After.Contains(last.Name) : next.Source is not null && next.Source == last.Source && next != last);

    public IReadOnlyList<Domain> Domains { get; }
    public IReadOnlyDictionary<string, IFactSource> Sources { get; }
    public IReadOnlyDictionary<string, Intent> Intents { get; }
    /// <summary>Intents that ask more about what a turn of this intent was about.</summary>
    public IReadOnlyList<Intent> FollowUps(Intent intent) => _followUps[intent.Name];

    public FactTable Countries => (FactTable)Sources["countries"];

    public static CorpusContent Load()
    {
        var countries = FactTable.FromTsv(Lines("countries.tsv"));
        var units = FactTable.FromTsv(Lines("units.tsv"));
        var general = FactTable.FromTsv(Lines("general.tsv")).Rows.ToLookup(r => r["table"], StringComparer.Ordinal);
        var sources = new Dictionary<string, IFactSource>(ArithmeticRule.All, StringComparer.Ordinal)
        {
            ["countries"] = countries,
            ["outside"] = countries,
            ["names"] = FactTable.FromWords("name", string.Join(' ', Lines("names.txt"))),
            ["heroes"] = OneColumn("hero", "heroes.txt"),
            ["units"] = new UnitRule(units),
            ["unit-kinds"] = UnitRule.Kinds(units),
            ["places"] = new InventedWords("place", FactTable.FromWords("place", string.Join(' ', Lines("imaginary.txt"))), words: 1, capital: true),
            ["people"] = new InventedWords("person", OneColumn("person", "people.txt"), words: 2, capital: true),
            ["words"] = new InventedWords("thing", listed: null, words: 1, capital: false),
        };
        foreach (var table in general) sources[table.Key] = new FactTable([.. table]);
        sources["definitions"] = new FactTable([.. general["definitions"], .. FactTable.FromTsv(Lines("definitions.tsv")).Rows]);
        return new([.. DomainShares.Select(d => new Domain(d.Name, d.Share, IntentGrammar.Parse(d.Name, Lines($"{d.Name}.grammar"))))], sources);
    }

    /// <summary>Questions that no grammar holds, about what the corpus does not know; for measurements alone.</summary>
    public static IReadOnlyList<string> QuestionsOutside() => [.. Lines("outside.txt")];

    private static FactTable OneColumn(string column, string file) =>
        new([.. string.Join('|', Lines(file)).Split('|').Select(v => new Dictionary<string, string>(StringComparer.Ordinal) { [column] = v })]);

    private static IEnumerable<string> Lines(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Corpus.{name}")
            ?? throw new FileNotFoundException($"The embedded corpus file '{name}' is missing.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line) yield return line;
    }
}
