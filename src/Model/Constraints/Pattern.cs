namespace ChatLoop.Model.Constraints;

/// <summary>A regular language of texts, as an expression.</summary>
internal abstract record Pattern
{
    /// <summary>This text and no other.</summary>
    public sealed record Text(string Value) : Pattern;

    /// <summary>One character of the ranges, both ends included: code points that are no surrogates.</summary>
    public sealed record Characters(IReadOnlyList<(int First, int Last)> Ranges) : Pattern;

    /// <summary>All of them, one after the other.</summary>
    public sealed record Sequence(IReadOnlyList<Pattern> Parts) : Pattern;

    /// <summary>Any one of them.</summary>
    public sealed record Choice(IReadOnlyList<Pattern> Options) : Pattern;

    /// <param name="Most">Null for any number.</param>
    public sealed record Repeat(Pattern Part, int Least, int? Most) : Pattern;

    /// <summary>Some of the items, in their order and with a separator between them; the required ones always.</summary>
    public sealed record Listed(IReadOnlyList<(Pattern Pattern, bool IsRequired)> Items, Pattern Separator) : Pattern;

    /// <summary>At least one item, with a separator between them.</summary>
    public sealed record Separated(Pattern Item, Pattern Separator) : Pattern;

    public static Pattern Of(string text) => new Text(text);
    public static Pattern Range(char first, char last) => new Characters([(first, last)]);
    public static Pattern Then(params IReadOnlyList<Pattern> parts) => new Sequence(parts);
    public static Pattern Either(params IReadOnlyList<Pattern> options) => new Choice(options);
    public Pattern Times(int least, int? most) => new Repeat(this, least, most);
    public Pattern Optional() => Times(0, 1);
}
