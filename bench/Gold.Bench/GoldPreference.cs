using System.Text.RegularExpressions;

namespace ChatLoop.Gold.Bench;

/// <summary>
/// A hidden taste: of two answers the one with the higher score is better, and equal scores are a tie. Nothing in the trainer knows it.
/// Scores are graded, so that few pairs are ties and a win rate of nearly 100 % can be reached.
/// </summary>
/// <param name="Kind">What it looks at: how an answer is written, or what it says.</param>
internal sealed partial record GoldPreference(string Name, string Kind, string Words, Func<string, string, double> Score)
{
    public static IReadOnlyList<GoldPreference> All { get; } =
    [
        new("brief", "style", "fewer characters", (_, answer) => -answer.Length),
        new("detailed", "style", "more words, up to 40", (_, answer) => Math.Min(WordsOf(answer).Count, 40)),
        new("formal", "style", "longer words, no exclamation marks and no short forms", (_, answer) => Formality(answer)),
        new("asks", "content", "asks the user something, and is short beyond that",
            (_, answer) => (answer.Contains('?', StringComparison.Ordinal) ? 1000 : 0) - answer.Length),
        new("about-you", "content", "speaks of the user, not of itself", (_, answer) => AboutTheUser(answer)),
        new("echoes", "content", "takes up the question's words, and is short beyond that", Echo),
    ];

    private static double Formality(string answer)
    {
        var words = WordsOf(answer);
        if (words.Count == 0) return 0;
        var informal = answer.Count(c => c == '!') + words.Count(w => w.Contains('\'', StringComparison.Ordinal));
        return words.Average(w => (double)w.Length) - informal;
    }

    private static double AboutTheUser(string answer)
    {
        var words = WordsOf(answer);
        if (words.Count == 0) return 0;
        return (words.Count(w => w is "you" or "your" or "yours" or "you're" or "yourself") - words.Count(w => w is "i" or "me" or "my" or "i'm" or "mine" or "myself"))
            / (double)words.Count;
    }

    private static double Echo(string question, string answer)
    {
        var asked = WordsOf(question).ToHashSet();
        if (asked.Count == 0) return 0;
        return 1000.0 * asked.Intersect(WordsOf(answer)).Count() / asked.Count - answer.Length;
    }

    private static List<string> WordsOf(string answer) => [.. Word().Matches(answer).Select(m => m.Value.ToLowerInvariant())];

    [GeneratedRegex(@"[\p{L}\p{N}]+(?:'\p{L}+)?", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
