namespace ChatLoop.Model.Tokenizers;

/// <summary>What happens to the matches of a Split (SplitDelimiterBehavior of Hugging Face tokenizers; the names are the file's).</summary>
internal enum SplitBehavior
{
    /// <summary>Dropped.</summary>
    Removed,
    /// <summary>A word each.</summary>
    Isolated,
    /// <summary>Joined to the word before.</summary>
    MergedWithPrevious,
    /// <summary>Joined to the word after.</summary>
    MergedWithNext,
    /// <summary>Neighbouring matches are one word.</summary>
    Contiguous,
}

/// <summary>Cuts a word at matches.</summary>
internal static class TextSplit
{
    /// <param name="invert">What does not match is what the behaviour is about.</param>
    public static IEnumerable<Word> Split(Word word, List<(int Start, int Length)> matches, SplitBehavior behavior, bool invert)
    {
        if (behavior == SplitBehavior.Isolated)
            return Parts(matches, word.Text.Length).Select(p => Slice(word, p.Start, p.End));
        var parts = Parts(matches, word.Text.Length).Select(p => (p.Start, p.End, IsMatch: p.IsMatch != invert)).ToList();
        IEnumerable<(int Start, int End)> ranges = behavior switch
        {
            SplitBehavior.Removed => parts.Where(p => !p.IsMatch).Select(p => (p.Start, p.End)),
            SplitBehavior.MergedWithPrevious => Joined(parts, (before, part) => part.IsMatch && !before.IsMatch),
            SplitBehavior.MergedWithNext => Joined(parts, (before, part) => before.IsMatch && !part.IsMatch),
            _ => Joined(parts, (before, part) => before.IsMatch == part.IsMatch),
        };
        return ranges.Select(r => Slice(word, r.Start, r.End));
    }

    private static Word Slice(Word word, int start, int end) => new(word.Text[start..end], word.AtStart && start == 0);

    /// <summary>Matches and what lies between them, in order, without empty ones.</summary>
    private static IEnumerable<(int Start, int End, bool IsMatch)> Parts(List<(int Start, int Length)> matches, int length)
    {
        var given = 0;
        foreach (var (start, matched) in matches)
        {
            if (start > given) yield return (given, start, false);
            if (matched > 0) yield return (start, start + matched, true);
            given = start + matched;
        }
        if (given < length) yield return (given, length, false);
    }

    private static List<(int Start, int End)> Joined(
        List<(int Start, int End, bool IsMatch)> parts, Func<(int Start, int End, bool IsMatch), (int Start, int End, bool IsMatch), bool> joins)
    {
        List<(int Start, int End)> ranges = [];
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0 && joins(parts[i - 1], parts[i])) ranges[^1] = (ranges[^1].Start, parts[i].End);
            else ranges.Add((parts[i].Start, parts[i].End));
        }
        return ranges;
    }
}
