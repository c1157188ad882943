using System.Text.RegularExpressions;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>Whether an answer is right, by the intent of its question and the facts that the question was made from.</summary>
public static partial class AnswerChecks
{
    private static readonly Dictionary<string, Func<string, IReadOnlyDictionary<string, string>, bool>> ByIntent = new(StringComparer.Ordinal)
    {
        ["addition-to-20"] = IsResult,
        ["subtraction-to-20"] = IsResult,
        ["addition-to-99"] = IsResult,
        ["subtraction-to-99"] = IsResult,
        ["multiplication"] = IsResult,
        ["and-more"] = IsResult,
        ["and-less"] = IsResult,
        ["capital"] = Says("capital"),
        ["continent"] = Says("continent"),
        ["currency"] = Says("currency"),
        ["language"] = Says("language"),
        ["country-of-capital"] = Says("country"),
        ["unit-conversion"] = Says("equal"),
        ["unit-kind"] = Says("kind"),
        ["recall-name"] = Says("name"),
        ["unknown-fact"] = AdmitsNotToKnow,
        ["unknown-country"] = AdmitsNotToKnow,
        ["unknown-word"] = AdmitsNotToKnow,
        ["unknown-person"] = AdmitsNotToKnow,
        ["still-unknown"] = AdmitsNotToKnow,
        ["too-large"] = AdmitsNotToKnow,
        ["opposite"] = Says("b"),
        ["colour"] = Says("b"),
        ["day-after"] = Says("b"),
        ["month-after"] = Says("b"),
        ["animal-sound"] = Says("b"),
        ["animal-legs"] = Says("b"),
        ["young-animal"] = Says("b"),
        ["definition"] = Says("b"),
    };

    /// <summary>Whether answers to this intent can be checked; small talk cannot.</summary>
    public static bool Knows(string intent) => ByIntent.ContainsKey(intent);

    public static bool IsRight(string intent, string answer, IReadOnlyDictionary<string, string> facts) => ByIntent[intent](answer, facts);

    public static bool AdmitsNotToKnow(string answer) => Ignorance().IsMatch(answer);

    /// <summary>Whether it starts with a capital or a digit and ends as a sentence does.</summary>
    public static bool IsWholeSentences(string answer) => WholeSentences().IsMatch(answer);

    private static bool AdmitsNotToKnow(string answer, IReadOnlyDictionary<string, string> facts) => AdmitsNotToKnow(answer);

    /// <summary>The last number of an answer is the result; the numbers before it repeat the question.</summary>
    private static bool IsResult(string answer, IReadOnlyDictionary<string, string> facts) =>
        Number().Matches(answer) is { Count: > 0 } numbers && numbers[^1].Value == facts["result"];

    private static Func<string, IReadOnlyDictionary<string, string>, bool> Says(string column) => (answer, facts) => Regex.IsMatch(
        answer, $@"(?<![\p{{L}}\d]){Regex.Escape(facts[column])}(?![\p{{L}}\d])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"not know|n't know|not want to guess|know nothing|never heard|not sure|unknown to me|not a (?:country|word) that I know|too (?:large|big|hard)|beyond me|cannot|can only|only know", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Ignorance();

    [GeneratedRegex(@"^[\p{Lu}\d].*[\p{L}\d'][.!?]$", RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex WholeSentences();
}
