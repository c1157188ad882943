namespace ChatLoop.Trainer.Brigading;

/// <summary>The phrases of a text: all runs of one to four words, in lower case, without punctuation.</summary>
public static class Phrases
{
    private const int LongestPhrase = 4;

    public static IReadOnlySet<string> Of(string text)
    {
        var words = WordsOf(text);
        HashSet<string> phrases = new(StringComparer.Ordinal);
        for (var first = 0; first < words.Count; first++)
            for (var count = 1; count <= LongestPhrase && first + count <= words.Count; count++)
                phrases.Add(string.Join(' ', words.GetRange(first, count)));
        return phrases;
    }

    /// <summary>Letters, digits and apostrophes inside; anything else ends a word.</summary>
    private static List<string> WordsOf(string text)
    {
        List<string> words = [];
        for (var start = 0; start < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[start]))
            {
                start++;
                continue;
            }
            var end = start + 1;
            while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '\'' or '’')) end++;
            words.Add(text[start..end].TrimEnd('\'', '’').ToLowerInvariant());
            start = end;
        }
        return words;
    }
}
