using ChatLoop.Model.ChatTemplates.Jinja;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.ChatTemplates;

/// <summary>
/// A rendered dialogue and the places in it where the assistant writes, in UTF-16 units: what the model would have sampled after each
/// prompt, end token included.
/// </summary>
internal sealed class AnswerSpans
{
    private readonly IReadOnlyList<TextSegment> _segments;
    private readonly string _text;

    private AnswerSpans(IReadOnlyList<RenderedSegment> rendered)
    {
        _segments = [.. rendered.Select(r => r.Segment)];
        _text = string.Concat(_segments.Select(s => s.Text));
    }

    public IReadOnlyList<(int Start, int End)> Spans { get; private init; } = [];

    /// <summary>Of a template that marks answers itself by {% generation %}.</summary>
    public static AnswerSpans Marked(IReadOnlyList<RenderedSegment> rendered) => new(rendered) { Spans = MarkedRuns(rendered) };

    /// <summary>
    /// Of any other template. An answer starts where the prompt before it ends; where the template writes old turns differently from
    /// prompts, at the message's own text. It ends with the template's first end token.
    /// </summary>
    /// <param name="prompts">The rendering before each answer, header included.</param>
    /// <param name="endTokens">Texts of tokens that end an answer.</param>
    public static AnswerSpans Found(IReadOnlyList<RenderedSegment> rendered, IEnumerable<string> prompts, IReadOnlyCollection<string> endTokens)
    {
        var whole = new AnswerSpans(rendered);
        var texts = MarkedRuns(rendered);
        List<(int Start, int End)> spans = [.. prompts.Where(p => whole._text.StartsWith(p, StringComparison.Ordinal))
            .Select(p => (p.Length, whole.EndOf(p.Length, texts, endTokens)))];
        foreach (var (start, end) in texts)
        {
            if (!spans.Exists(s => s.Start <= start && end <= s.End)) spans.Add((start, whole.EndOf(start, texts, endTokens)));
        }
        return new(rendered) { Spans = [.. spans.OrderBy(s => s.Start)] };
    }

    /// <summary>Behind the first end token of the template's own; without one, behind the answer's text.</summary>
    private int EndOf(int start, IReadOnlyList<(int Start, int End)> texts, IReadOnlyCollection<string> endTokens)
    {
        var end = int.MaxValue;
        foreach (var token in endTokens)
        {
            for (var i = _text.IndexOf(token, start, StringComparison.Ordinal); i >= 0; i = _text.IndexOf(token, i + 1, StringComparison.Ordinal))
            {
                if (!IsMarkup(i, i + token.Length)) continue;
                end = Math.Min(end, i + token.Length);
                break;
            }
        }
        if (end < int.MaxValue) return end;
        return texts.Where(t => t.Start >= start).Select(t => t.End).FirstOrDefault(start);
    }

    private bool IsMarkup(int start, int end)
    {
        var offset = 0;
        foreach (var segment in _segments)
        {
            if (offset >= end) break;
            if (offset + segment.Text.Length > start && !segment.IsMarkup) return false;
            offset += segment.Text.Length;
        }
        return true;
    }

    private static List<(int Start, int End)> MarkedRuns(IReadOnlyList<RenderedSegment> rendered)
    {
        List<(int Start, int End)> runs = [];
        var offset = 0;
        foreach (var (segment, isAnswer) in rendered)
        {
            var end = offset + segment.Text.Length;
            if (isAnswer && runs is [.., var last] && last.End == offset) runs[^1] = (last.Start, end);
            else if (isAnswer) runs.Add((offset, end));
            offset = end;
        }
        return runs;
    }

    /// <summary>
    /// The dialogue in tokens. A token that lies across the beginning of an answer belongs to it: after the prompt alone, the model
    /// would sample it.
    /// </summary>
    public TemplatedDialogue Encode(Tokenizer tokenizer)
    {
        int[] places = [.. Spans.SelectMany(s => (int[])[s.Start, s.End])];
        return places.All(p => IsBesideToken(p, tokenizer)) && !tokenizer.StripsLeadingSpace
            ? EncodePieces(places, tokenizer)
            : EncodeWhole(places, tokenizer);
    }

    /// <summary>No word reaches across a special token, so the pieces' tokens are the whole's.</summary>
    private bool IsBesideToken(int place, Tokenizer tokenizer) => place == 0 || place == _text.Length || tokenizer.AddedTokens.Any(t =>
        t is { SingleWord: false, StripsLeft: false, StripsRight: false, IsNormalized: false }
        && (IsAt(place - t.Content.Length, t.Content) || IsAt(place, t.Content)));

    private bool IsAt(int start, string token) =>
        start >= 0 && string.CompareOrdinal(_text, start, token, 0, token.Length) == 0 && IsMarkup(start, start + token.Length);

    private TemplatedDialogue EncodePieces(int[] places, Tokenizer tokenizer)
    {
        List<int> tokens = [];
        List<bool> isAnswer = [];
        var start = 0;
        for (var i = 0; i <= places.Length; i++)
        {
            var end = i < places.Length ? places[i] : _text.Length;
            tokens.AddRange(tokenizer.Encode(Cut(start, end)));
            // Odd pieces lie between the beginning and the end of an answer.
            isAnswer.AddRange(Enumerable.Repeat(i % 2 == 1, tokens.Count - isAnswer.Count));
            start = end;
        }
        return new(tokens, isAnswer);
    }

    private TemplatedDialogue EncodeWhole(int[] places, Tokenizer tokenizer)
    {
        var tokens = tokenizer.Encode(_segments);
        var isAnswer = new bool[tokens.Count];
        for (var i = 0; i + 1 < places.Length; i += 2)
        {
            var (first, behind) = (TokensBefore(places[i]), TokensBefore(places[i + 1]));
            if (first < behind) Array.Fill(isAnswer, true, first, behind - first);
        }
        return new(tokens, isAnswer);

        int TokensBefore(int place)
        {
            var alone = tokenizer.Encode(Cut(0, place));
            var shared = 0;
            while (shared < alone.Count && shared < tokens.Count && alone[shared] == tokens[shared]) shared++;
            return shared;
        }
    }

    private IEnumerable<TextSegment> Cut(int start, int end)
    {
        var offset = 0;
        foreach (var segment in _segments)
        {
            var (from, to) = (Math.Max(start - offset, 0), Math.Min(end - offset, segment.Text.Length));
            if (from < to) yield return segment with { Text = segment.Text[from..to] };
            offset += segment.Text.Length;
        }
    }
}
