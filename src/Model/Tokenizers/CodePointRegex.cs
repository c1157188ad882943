using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// A regular expression that sees code points, as Oniguruma does in Hugging Face tokenizers. .NET's sees UTF-16 units: to it the
/// letter U+10400 is two characters that are neither letter nor digit. Characters above U+FFFF are therefore matched through a
/// stand-in of the same general category. Thread-safe.
/// </summary>
internal sealed class CodePointRegex
{
    private const char LongS = 'ſ';
    private static readonly SearchValues<char> Surrogates = SearchValues.Create([.. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);
    private static readonly SearchValues<char> SurrogatesAndLongS = SearchValues.Create([LongS, .. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);

    private readonly Regex _regex;
    /// <summary>Ignoring case, Oniguruma takes U+017F for an s; .NET does not.</summary>
    private readonly bool _foldsLongS;
    private readonly SearchValues<char> _standIns;

    /// <exception cref="ArgumentException">The pattern is not one of .NET, or names a character above U+FFFF.</exception>
    public CodePointRegex(string pattern)
    {
        if (pattern.AsSpan().ContainsAny(Surrogates)) throw new ArgumentException("characters above U+FFFF are not supported in a pattern");
        _regex = new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
        _foldsLongS = pattern.Contains("(?i", StringComparison.Ordinal);
        _standIns = _foldsLongS ? SurrogatesAndLongS : Surrogates;
    }

    /// <summary>Start and length of every match, in UTF-16 units of the text, which must be well-formed.</summary>
    public List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
    {
        List<(int, int)> matches = [];
        if (!text.ContainsAny(_standIns))
        {
            foreach (var match in _regex.EnumerateMatches(text)) matches.Add((match.Index, match.Length));
            return matches;
        }
        var codePoints = new char[text.Length];
        var offsets = new int[text.Length + 1];
        var (count, at) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            offsets[count] = at;
            codePoints[count++] = StandIn(rune);
            at += rune.Utf16SequenceLength;
        }
        offsets[count] = at;
        foreach (var match in _regex.EnumerateMatches(codePoints.AsSpan(0, count)))
            matches.Add((offsets[match.Index], offsets[match.Index + match.Length] - offsets[match.Index]));
        return matches;
    }

    private char StandIn(Rune rune) => rune.IsBmp
        ? _foldsLongS && rune.Value == LongS ? 's' : (char)rune.Value
        : OfCategory(Rune.GetUnicodeCategory(rune));

    /// <summary>A character of this category that no pattern names by itself or in a range.</summary>
    internal static char OfCategory(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u10A0',
        UnicodeCategory.LowercaseLetter => '\u1D00',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\u1D2C',
        UnicodeCategory.OtherLetter => '\u16A0',
        UnicodeCategory.NonSpacingMark => '\u1AB0',
        UnicodeCategory.SpacingCombiningMark => '\u1B04',
        UnicodeCategory.EnclosingMark => '\u1ABE',
        UnicodeCategory.DecimalDigitNumber => '\u1B50',
        UnicodeCategory.LetterNumber => '\u16EE',
        UnicodeCategory.OtherNumber => '\u1369',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u1400',
        UnicodeCategory.OpenPunctuation => '\u2983',
        UnicodeCategory.ClosePunctuation => '\u2984',
        UnicodeCategory.InitialQuotePunctuation => '\u2E02',
        UnicodeCategory.FinalQuotePunctuation => '\u2E03',
        UnicodeCategory.OtherPunctuation => '\u1361',
        UnicodeCategory.MathSymbol => '\u2A00',
        UnicodeCategory.CurrencySymbol => '\u20A0',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\u2800',
        UnicodeCategory.Format => '\u2061',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\u0378',
    };
}
