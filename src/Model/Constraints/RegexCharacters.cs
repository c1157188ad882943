using System.Text.RegularExpressions;

namespace ChatLoop.Model.Constraints;

/// <summary>
/// The characters that a class of a regular expression stands for, by asking .NET's Regex for each. Of a class with \d, \w or \s only those
/// that are meant by both .NET and ECMAScript: a digit is then 0 to 9, and [^\d] no digit of any script.
/// </summary>
internal static class RegexCharacters
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Every UTF-16 unit that is a character by itself.</summary>
    private static readonly string All = new([.. Enumerable.Range(0, 0x10000).Select(c => (char)c).Where(c => !char.IsSurrogate(c))]);

    /// <param name="characterClass">A class, an escape or the dot, as it stands in a valid expression.</param>
    public static IReadOnlyList<(int First, int Last)> Of(string characterClass)
    {
        var meant = Matches(characterClass, RegexOptions.CultureInvariant);
        // ECMAScript knows no Unicode categories.
        if (!characterClass.Contains("\\p", StringComparison.OrdinalIgnoreCase))
            meant.IntersectWith(Matches(characterClass, RegexOptions.ECMAScript));
        return Ranges(meant.Order());
    }

    private static HashSet<int> Matches(string characterClass, RegexOptions options)
    {
        HashSet<int> matches = [];
        foreach (var match in new Regex(characterClass, options, Limit).EnumerateMatches(All)) matches.Add(All[match.Index]);
        return matches;
    }

    private static List<(int First, int Last)> Ranges(IEnumerable<int> sorted)
    {
        List<(int First, int Last)> ranges = [];
        foreach (var code in sorted)
        {
            if (ranges is [.., var last] && last.Last == code - 1) ranges[^1] = (last.First, code);
            else ranges.Add((code, code));
        }
        return ranges;
    }
}
