using System.Text;

namespace ChatLoop.Model.ChatTemplates.Jinja.Values;

/// <summary>Where characters come from.</summary>
[Flags]
internal enum Provenance : byte
{
    /// <summary>From messages, tools or other data.</summary>
    Plain = 0,
    /// <summary>Written by the template's author, or one of the tokenizer's own tokens such as bos_token.</summary>
    Markup = 1,
    /// <summary>Inside {% generation %}: what the model learns to write.</summary>
    Answer = 2,
}

/// <summary>Characters of one provenance; never empty inside a <see cref="MarkedText"/>.</summary>
internal readonly record struct TextRun(string Text, Provenance Provenance);

/// <summary>
/// Immutable text that knows for every character where it came from, so that a message that holds "&lt;|im_end|&gt;" stays a message
/// whatever the template does with it. Compares by characters alone.
/// </summary>
internal sealed class MarkedText : IEquatable<MarkedText>
{
    public static MarkedText Empty { get; } = new([]);

    private readonly TextRun[] _runs;
    private string? _text;
    private int[]? _starts;

    private MarkedText(TextRun[] runs) => _runs = runs;

    public static MarkedText Of(string text, Provenance provenance) => text.Length == 0 ? Empty : new([new(text, provenance)]);
    public static MarkedText Plain(string text) => Of(text, Provenance.Plain);
    public static MarkedText Markup(string text) => Of(text, Provenance.Markup);

    public IReadOnlyList<TextRun> Runs => _runs;
    public int Length => Text.Length;
    public string Text => _text ??= _runs is [var only] ? only.Text : string.Concat(_runs.Select(r => r.Text));

    /// <summary>Of each run, in UTF-16 units.</summary>
    private int[] Starts
    {
        get
        {
            if (_starts is not null) return _starts;
            var (starts, offset) = (new int[_runs.Length], 0);
            for (var i = 0; i < starts.Length; offset += _runs[i++].Text.Length) starts[i] = offset;
            return _starts = starts;
        }
    }

    public static MarkedText Concat(params IEnumerable<MarkedText> parts)
    {
        List<TextRun> runs = [];
        StringBuilder? last = null;
        foreach (var run in parts.SelectMany(p => p._runs))
        {
            if (runs.Count > 0 && runs[^1].Provenance == run.Provenance)
            {
                last ??= new StringBuilder(runs[^1].Text);
                last.Append(run.Text);
                continue;
            }
            Close();
            runs.Add(run);
        }
        Close();
        return runs.Count == 0 ? Empty : new([.. runs]);

        void Close()
        {
            if (last is not null) runs[^1] = runs[^1] with { Text = last.ToString() };
            last = null;
        }
    }

    /// <summary>Characters (UTF-16) from <paramref name="start"/>.</summary>
    public MarkedText Slice(int start, int length)
    {
        if (length <= 0) return Empty;
        if (start == 0 && length == Length) return this;
        List<TextRun> runs = [];
        var place = Array.BinarySearch(Starts, start);
        for (var i = place < 0 ? ~place - 1 : place; i < _runs.Length && Starts[i] < start + length; i++)
        {
            var (run, offset) = (_runs[i], Starts[i]);
            runs.Add(run with { Text = run.Text[Math.Max(start - offset, 0)..Math.Min(start + length - offset, run.Text.Length)] });
        }
        return new([.. runs]);
    }

    public MarkedText Slice(Range range)
    {
        var (start, length) = range.GetOffsetAndLength(Length);
        return Slice(start, length);
    }

    /// <summary>Another spelling of the same characters, such as upper case. Text of another length counts as data.</summary>
    public MarkedText Respelled(string text)
    {
        if (text.Length == Length)
        {
            var offset = 0;
            return new([.. _runs.Select(r => r with { Text = text.Substring((offset += r.Text.Length) - r.Text.Length, r.Text.Length) })]);
        }
        return _runs is [var only] ? Of(text, only.Provenance) : Plain(text);
    }

    /// <summary>The same text with a further mark on every character.</summary>
    public MarkedText With(Provenance mark) => new([.. _runs.Select(r => r with { Provenance = r.Provenance | mark })]);

    public bool Equals(MarkedText? other) => other is not null && Text == other.Text;
    public override bool Equals(object? obj) => Equals(obj as MarkedText);
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
    public override string ToString() => Text;
}
