using System.Text;
using ADRaffy.ENSNormalize;

namespace ChatLoop.Model.Tokenizers;

/// <summary>Unicode's normal forms C and D as Hugging Face's tokenizers make them: with the tables of Unicode 9.</summary>
/// <remarks>
/// string.Normalize returns its input under InvariantGlobalization, hence a library. It has newer tables than Hugging Face's, which the
/// models learnt with.
/// </remarks>
internal static class NormalForm
{
    /// <summary>
    /// What later versions of Unicode reorder, decompose or compose: to older tables characters of no properties, which stay as they are
    /// and part what stands around them. tests/reference/tokenizers/newer_marks.mjs prints them.
    /// </summary>
    private static readonly (int First, int Last)[] Newer =
    [
        (0x7FD, 0x7FD), (0x897, 0x89F), (0x8CA, 0x8D3), (0x9FE, 0x9FE), (0xC3C, 0xC3C), (0xD3B, 0xD3C), (0xEBA, 0xEBA),
        (0x1715, 0x1715), (0x1ABF, 0x1ADD), (0x1AE0, 0x1AEB), (0x1DF6, 0x1DFA), (0xA82C, 0xA82C), (0x105C9, 0x105C9),
        (0x105D2, 0x105D2), (0x105DA, 0x105DA), (0x105E4, 0x105E4), (0x10D24, 0x10D27), (0x10D69, 0x10D6D), (0x10EAB, 0x10EAC),
        (0x10EFA, 0x10EFB), (0x10EFD, 0x10EFF), (0x10F46, 0x10F50), (0x10F82, 0x10F85), (0x11070, 0x11070), (0x1133B, 0x1133B),
        (0x11382, 0x11385), (0x1138B, 0x1138B), (0x1138E, 0x1138E), (0x11390, 0x11391), (0x113B8, 0x113B8), (0x113BB, 0x113BB),
        (0x113C2, 0x113C2), (0x113C5, 0x113C5), (0x113C7, 0x113C9), (0x113CE, 0x113D0), (0x1145E, 0x1145E), (0x11839, 0x1183A),
        (0x11930, 0x11930), (0x11935, 0x11935), (0x11938, 0x11938), (0x1193D, 0x1193E), (0x11943, 0x11943), (0x119E0, 0x119E0),
        (0x11A34, 0x11A34), (0x11A47, 0x11A47), (0x11A99, 0x11A99), (0x11D42, 0x11D42), (0x11D44, 0x11D45), (0x11D97, 0x11D97),
        (0x11F41, 0x11F42), (0x1611E, 0x16129), (0x1612F, 0x1612F), (0x16D63, 0x16D63), (0x16D67, 0x16D6A), (0x16FF0, 0x16FF1),
        (0x1E08F, 0x1E08F), (0x1E130, 0x1E136), (0x1E2AE, 0x1E2AE), (0x1E2EC, 0x1E2EF), (0x1E4EC, 0x1E4EF), (0x1E5EE, 0x1E5EF),
        (0x1E6E3, 0x1E6E3), (0x1E6E6, 0x1E6E6), (0x1E6EE, 0x1E6EF), (0x1E6F5, 0x1E6F5),
    ];

    public static string Compose(string text) => IsComposed(text) ? text : Apart(text, ENSNormalize.NF.NFC);

    public static string Decompose(string text) => Ascii.IsValid(text) ? text : Apart(text, ENSNormalize.NF.NFD);

    /// <summary>Below U+0300, the first combining mark, every text is its own form C.</summary>
    private static bool IsComposed(string text) => !text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF');

    private static string Apart(string text, Func<string, string> form)
    {
        StringBuilder? result = null;
        var (start, at) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsNewer(rune.Value))
            {
                (result ??= new()).Append(form(text[start..at])).Append(rune);
                start = at + rune.Utf16SequenceLength;
            }
            at += rune.Utf16SequenceLength;
        }
        return result is null ? form(text) : result.Append(form(text[start..])).ToString();
    }

    private static bool IsNewer(int codePoint)
    {
        if (codePoint < Newer[0].First) return false;
        var place = Array.BinarySearch(Newer, (codePoint, int.MaxValue));
        return place >= 0 || codePoint <= Newer[~place - 1].Last;
    }
}
