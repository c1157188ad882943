namespace ChatLoop.Model.ChatTemplates.Jinja;

/// <summary>White space as Python's str.isspace has it: .NET's, and the separators U+001C to U+001F.</summary>
internal static class PythonSpace
{
    public static bool Is(char character) => char.IsWhiteSpace(character) || character is >= '\u001c' and <= '\u001f';

    /// <summary>All of them, for the Trim methods.</summary>
    public static char[] All { get; } = [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(Is)];

    /// <summary>One or more characters, all of them white space.</summary>
    public static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!Is(character)) return false;
        }
        return text.Length > 0;
    }
}
