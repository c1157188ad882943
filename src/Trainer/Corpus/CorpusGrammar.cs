using System.Text.RegularExpressions;

namespace ChatLoop.Trainer.Corpus;

/// <summary>
/// Recognises answers that the corpus's grammar writes, whatever stands in place of its values. A lower bound of what is grammatical:
/// a good English sentence that no template writes is not recognised.
/// </summary>
public sealed class CorpusGrammar(CorpusContent content)
{
    private readonly IReadOnlyList<Regex> _answers = [.. content.Intents.Values.Where(i => i.Name != Accept).Select(i => Recogniser(i, content.Intents[Accept]))];

    private const string Accept = "accept";

    public bool Writes(string answer) => _answers.Any(a => a.IsMatch(answer));

    private static Regex Recogniser(Intent intent, Intent accept)
    {
        var endings = intent.Questions.Concat(intent.Offers).Concat(intent.Remarks);
        return new($"^{Any(accept.Answers)}{Any(intent.Answers)}(?: {Any(endings)})?$",
            RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
    }

    private static string Any(IEnumerable<Template> templates) => $"(?:{string.Join('|', templates.Select(t => t.ToPattern(ValuePattern)))})";

    /// <summary>Verbs are part of the grammar; any words may stand for other values. A full stop within a value is that of "St. George's".</summary>
    private static string ValuePattern(string name) => name switch
    {
        "be" => "(?:is|are)",
        "make" => "makes?",
        "there" => "there (?:is|are)",
        _ => @"(?:[^.!?]|St\.)+",
    };
}
