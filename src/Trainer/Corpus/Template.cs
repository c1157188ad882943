using System.Text;
using System.Text.RegularExpressions;

namespace ChatLoop.Trainer.Corpus;

/// <summary>
/// A phrase with choices, <c>{hello|hi}{| there}, $name</c>: each brace draws one of its alternatives, which may nest and may be
/// empty; <c>$name</c> is replaced by a value.
/// </summary>
public sealed class Template
{
    private readonly List<Part> _parts;

    private Template(List<Part> parts) => _parts = parts;

    /// <exception cref="FormatException">A brace is not closed or not opened.</exception>
    public static Template Parse(string text)
    {
        var position = 0;
        var template = Parse(text, ref position, nested: false);
        if (position < text.Length) throw new FormatException($"A '}}' without '{{' at {position} in '{text}'.");
        return template;
    }

    /// <exception cref="KeyNotFoundException">A <c>$name</c> has no value.</exception>
    public string Expand(Random random, IReadOnlyDictionary<string, string> values)
    {
        var text = new StringBuilder();
        Expand(text, random, values);
        return text.ToString();
    }

    /// <summary>A regular expression for everything that it expands to.</summary>
    /// <param name="valuePattern">What a value may be, by its name.</param>
    internal string ToPattern(Func<string, string> valuePattern) => string.Concat(_parts.Select(part => part switch
    {
        Literal literal => Regex.Escape(literal.Text),
        Value value => valuePattern(value.Name),
        Choice choice => $"(?:{string.Join('|', choice.Alternatives.Select(a => a.ToPattern(valuePattern)))})",
        _ => throw new InvalidOperationException($"A part of an unknown kind, {part.GetType().Name}."),
    }));

    private void Expand(StringBuilder text, Random random, IReadOnlyDictionary<string, string> values)
    {
        foreach (var part in _parts)
        {
            switch (part)
            {
                case Literal literal: text.Append(literal.Text); break;
                case Value value: text.Append(values[value.Name]); break;
                case Choice choice: choice.Alternatives[random.Next(choice.Alternatives.Count)].Expand(text, random, values); break;
            }
        }
    }

    private static Template Parse(string text, ref int position, bool nested)
    {
        List<Part> parts = [];
        var literal = new StringBuilder();
        while (position < text.Length && text[position] != '}' && !(nested && text[position] == '|'))
        {
            switch (text[position++])
            {
                case '{': Flush(); parts.Add(ParseChoice(text, ref position)); break;
                case '$': Flush(); parts.Add(new Value(ReadName(text, ref position))); break;
                case var character: literal.Append(character); break;
            }
        }
        Flush();
        return new(parts);

        void Flush()
        {
            if (literal.Length > 0) parts.Add(new Literal(literal.ToString()));
            literal.Clear();
        }
    }

    private static Choice ParseChoice(string text, ref int position)
    {
        List<Template> alternatives = [];
        do
        {
            alternatives.Add(Parse(text, ref position, nested: true));
            if (position == text.Length) throw new FormatException($"A '{{' is not closed in '{text}'.");
        }
        while (text[position++] == '|');
        return new(alternatives);
    }

    private static string ReadName(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && char.IsAsciiLetter(text[position])) position++;
        return position > start ? text[start..position] : throw new FormatException($"A '$' without a name at {start} in '{text}'.");
    }

    private abstract record Part;

    private sealed record Literal(string Text) : Part;

    private sealed record Value(string Name) : Part;

    private sealed record Choice(IReadOnlyList<Template> Alternatives) : Part;
}
