using System.Text;

namespace ChatLoop.Model.Constraints;

/// <summary>
/// Ranges of code points as sequences of byte ranges: what matches one range after the other is the UTF-8 of a code point between the ends
/// (Thompson's construction, as in RE2 and Rust's utf8-ranges).
/// </summary>
internal static class Utf8Ranges
{
    /// <summary>The greatest code points of one, two and three bytes.</summary>
    private static readonly int[] Lengths = [0x7F, 0x7FF, 0xFFFF];

    /// <param name="first">No surrogate lies between first and last.</param>
    public static IEnumerable<(byte First, byte Last)[]> Of(int first, int last)
    {
        foreach (var limit in Lengths)
        {
            if (first <= limit && limit < last) return Of(first, limit).Concat(Of(limit + 1, last));
        }
        for (var bits = 6; bits <= 18 && last > 0x7F; bits += 6)
        {
            var mask = (1 << bits) - 1;
            if ((first & ~mask) == (last & ~mask)) continue;
            // Below a byte that differs, the range must begin and end where the lower bytes do.
            if ((first & mask) != 0) return Of(first, first | mask).Concat(Of((first | mask) + 1, last));
            if ((last & mask) != mask) return Of(first, (last & ~mask) - 1).Concat(Of(last & ~mask, last));
        }
        var (from, to) = (Bytes(first), Bytes(last));
        return [[.. from.Zip(to)]];
    }

    private static byte[] Bytes(int codePoint)
    {
        var bytes = new byte[4];
        return bytes[..new Rune(codePoint).EncodeToUtf8(bytes)];
    }
}
