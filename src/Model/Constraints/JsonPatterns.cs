using System.Text.Encodings.Web;
using System.Text.Json;

namespace ChatLoop.Model.Constraints;

/// <summary>JSON (RFC 8259) on one line: at most one space, after a comma or a colon, so that no answer goes on with blanks for ever.</summary>
internal static class JsonPatterns
{
    /// <summary>Longest numbers: 16 digits before the point, 15 after it, an exponent of 2.</summary>
    private const int MostDigits = 15;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Pattern Digit = Pattern.Range('0', '9');
    private static readonly Pattern Hex = new Pattern.Characters([('0', '9'), ('A', 'F'), ('a', 'f')]);

    /// <summary>Escaped halves of a surrogate pair come together.</summary>
    private static readonly Pattern Escape = Pattern.Then(Pattern.Of("\\"), Pattern.Either(
        new Pattern.Characters([.. "\"\\/bfnrt".Select(c => ((int)c, (int)c))]),
        Pattern.Then(Pattern.Of("u"), Pattern.Either(
            Pattern.Then(new Pattern.Characters([('0', '9'), ('A', 'C'), ('E', 'F'), ('a', 'c'), ('e', 'f')]), Hex.Times(3, 3)),
            Pattern.Then(D, Pattern.Range('0', '7'), Hex.Times(2, 2)),
            Pattern.Then(D, new Pattern.Characters([('8', '9'), ('A', 'B'), ('a', 'b')]), Hex.Times(2, 2), Pattern.Of("\\u"),
                D, new Pattern.Characters([('C', 'F'), ('c', 'f')]), Hex.Times(2, 2))))));

    private static readonly Pattern Character = Pattern.Either(
        new Pattern.Characters([(0x20, 0x21), (0x23, 0x5B), (0x5D, 0xD7FF), (0xE000, 0x10FFFF)]), Escape);

    public static readonly Pattern Null = Pattern.Of("null");
    public static readonly Pattern Boolean = Pattern.Either(Pattern.Of("true"), Pattern.Of("false"));
    public static readonly Pattern Integer = Pattern.Then(
        Pattern.Of("-").Optional(), Pattern.Either(Pattern.Of("0"), Pattern.Then(Pattern.Range('1', '9'), Digit.Times(0, MostDigits))));

    public static readonly Pattern Number = Pattern.Then(
        Integer,
        Pattern.Then(Pattern.Of("."), Digit.Times(1, MostDigits)).Optional(),
        Pattern.Then(
            Pattern.Either(Pattern.Of("e"), Pattern.Of("E")), Pattern.Either(Pattern.Of("+"), Pattern.Of("-")).Optional(), Digit.Times(1, 2)).Optional());

    private static readonly Pattern Space = Pattern.Of(" ").Optional();
    public static readonly Pattern Comma = Pattern.Then(Pattern.Of(","), Space);
    public static readonly Pattern Colon = Pattern.Then(Pattern.Of(":"), Space);

    private static Pattern D => new Pattern.Characters([('D', 'D'), ('d', 'd')]);

    /// <param name="most">In characters (code points); null for any number.</param>
    public static Pattern String(int least = 0, int? most = null) => Pattern.Then(Pattern.Of("\""), Character.Times(least, most), Pattern.Of("\""));

    public static Pattern Array(Pattern item) => Pattern.Then(Pattern.Of("["), new Pattern.Separated(item, Comma).Optional(), Pattern.Of("]"));

    /// <summary>An object with any names.</summary>
    public static Pattern Map(Pattern value) => Object(new Pattern.Separated(Pattern.Then(String(), Colon, value), Comma).Optional());

    public static Pattern Object(Pattern members) => Pattern.Then(Pattern.Of("{"), members, Pattern.Of("}"));

    /// <summary>Any value in which arrays and objects nest so deep.</summary>
    public static Pattern Any(int depth) => depth == 0
        ? Pattern.Either(Null, Boolean, Number, String())
        : Pattern.Either(Null, Boolean, Number, String(), Array(Any(depth - 1)), Map(Any(depth - 1)));

    /// <summary>A given value, without spaces.</summary>
    public static Pattern Value(JsonElement value) => Pattern.Of(JsonSerializer.Serialize(value, Readable));

    public static Pattern Name(string name) => Pattern.Of(JsonSerializer.Serialize(name, Readable));
}
