using System.Globalization;
using System.Text;

namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <summary>Python's escapes in string literals; an unknown escape stays as it is written.</summary>
internal static class StringLiteral
{
    public static string Unescape(string written)
    {
        if (!written.Contains('\\')) return written;
        var text = new StringBuilder();
        for (var i = 0; i < written.Length; i++)
        {
            if (written[i] != '\\' || i + 1 == written.Length) text.Append(written[i]);
            else i += AppendEscape(text, written.AsSpan(i + 1));
        }
        return text.ToString();
    }

    /// <summary>How many characters behind the backslash belong to the escape.</summary>
    private static int AppendEscape(StringBuilder text, ReadOnlySpan<char> escape)
    {
        switch (escape[0])
        {
            case '\n': return 1;
            case 'x': return AppendHex(text, escape, 2);
            case 'u': return AppendHex(text, escape, 4);
            case 'U': return AppendHex(text, escape, 8);
            case >= '0' and <= '7': return AppendOctal(text, escape);
            case var letter when Simple(letter) is { } character:
                text.Append(character);
                return 1;
            default:
                text.Append('\\').Append(escape[0]);
                return 1;
        }
    }

    private static char? Simple(char letter) => letter switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\a',
        'b' => '\b',
        'f' => '\f',
        'v' => '\v',
        '\\' or '\'' or '"' => letter,
        _ => null,
    };

    private static int AppendHex(StringBuilder text, ReadOnlySpan<char> escape, int digits)
    {
        if (escape.Length > digits && int.TryParse(escape.Slice(1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            if (Rune.IsValid(code)) text.Append(new Rune(code));
            else text.Append((char)code);
            return digits + 1;
        }
        text.Append('\\').Append(escape[0]);
        return 1;
    }

    private static int AppendOctal(StringBuilder text, ReadOnlySpan<char> escape)
    {
        var (code, length) = (0, 0);
        for (; length < 3 && length < escape.Length && escape[length] is >= '0' and <= '7'; length++) code = code * 8 + (escape[length] - '0');
        text.Append((char)code);
        return length;
    }
}
