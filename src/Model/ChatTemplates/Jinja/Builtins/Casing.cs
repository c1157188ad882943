using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Python's upper and lower case. Simple case mappings: a letter whose other case is two letters, such as "ß", stays.</summary>
internal static class Casing
{
    public static MarkedText Upper(MarkedText text) => text.Respelled(text.Text.ToUpperInvariant());

    public static MarkedText Lower(MarkedText text) => text.Respelled(text.Text.ToLowerInvariant());

    public static MarkedText Swap(MarkedText text) => Each(text, (c, _) => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));

    public static MarkedText Capitalize(MarkedText text) => Each(text, (c, previous) => previous is null ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));

    /// <summary>str.title: a letter behind a letter is small, any other one is a capital.</summary>
    public static MarkedText Title(MarkedText text) =>
        Each(text, (c, previous) => previous is { } p && char.IsLetter(p) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));

    /// <summary>The filter title: capitals at the start and behind white space and any of -({[&lt;.</summary>
    public static MarkedText TitleWords(MarkedText text) => Each(text, (c, previous) =>
        previous is null or '-' or '(' or '{' or '[' or '<' || PythonSpace.Is(previous.Value) ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));

    public static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    public static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);

    /// <param name="respell">Gets a character and the one before it, null at the start.</param>
    private static MarkedText Each(MarkedText text, Func<char, char?, char> respell) =>
        text.Respelled(string.Create(text.Length, text.Text, (result, source) =>
        {
            for (var i = 0; i < result.Length; i++) result[i] = respell(source[i], i == 0 ? null : source[i - 1]);
        }));
}
