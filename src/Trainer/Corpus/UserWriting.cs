using System.Text.RegularExpressions;

namespace ChatLoop.Trainer.Corpus;

/// <summary>Makes a template's text look typed by a person: careful or careless about capitals, seldom with a slip.</summary>
public static partial class UserWriting
{
    private const double CarelessShare = 0.5;
    private const double SlipShare = 0.03;

    public static string Write(string text, Random random)
    {
        var written = random.NextDouble() < CarelessShare ? text.ToLowerInvariant() : Careful(text);
        return random.NextDouble() < SlipShare ? WithSlip(written, random) : written;
    }

    /// <summary>A capital at the start, and "I".</summary>
    private static string Careful(string text) => LoneI().Replace(char.ToUpperInvariant(text[0]) + text[1..], "I");

    /// <summary>Two letters of a longer word swapped, or one left out.</summary>
    private static string WithSlip(string text, Random random)
    {
        var words = LongWord().Matches(text);
        if (words.Count == 0) return text;
        var word = words[random.Next(words.Count)];
        var at = word.Index + random.Next(1, word.Length - 2);
        return random.Next(2) == 0
            ? text.Remove(at, 1)
            : $"{text[..at]}{text[at + 1]}{text[at]}{text[(at + 2)..]}";
    }

    [GeneratedRegex(@"\bi\b", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex LoneI();

    [GeneratedRegex(@"[a-zA-Z]{5,}", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex LongWord();
}
