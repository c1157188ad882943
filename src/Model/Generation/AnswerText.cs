using System.Text;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Generation;

/// <summary>
/// Turns an answer's tokens into text as they come. Held back until decided: the first bytes of a character, and text that may be
/// the beginning of a stop string.
/// </summary>
internal sealed class AnswerText(Tokenizer tokenizer, IReadOnlyList<string> stop)
{
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private string _held = "";
    private bool _begun;

    /// <summary>True once a stop string has been written; the text ended before it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The text that this token makes certain; often empty.</summary>
    public string Append(int token) => Release(WithoutMark(Decode(BytesOf(token), flush: false)), end: false);

    /// <summary>
    /// What is still held. An answer that the model ended has its broken last character marked (U+FFFD); of one that was cut, the
    /// incomplete character is dropped.
    /// </summary>
    public string End(bool cut) => Release(cut ? "" : Decode([], flush: true), end: true);

    /// <summary>Embeddings may be padded beyond the vocabulary; such a token stands for nothing.</summary>
    private ReadOnlySpan<byte> BytesOf(int token) => token < tokenizer.VocabularySize ? tokenizer.BytesOf(token) : [];

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        var characters = new char[_utf8.GetCharCount(bytes, flush)];
        return new string(characters, 0, _utf8.GetChars(bytes, characters, flush));
    }

    /// <summary>A leading space that only marks the beginning of a word is no part of the answer.</summary>
    private string WithoutMark(string text)
    {
        if (_begun || text.Length == 0) return text;
        _begun = true;
        return tokenizer.StripsLeadingSpace && text[0] == ' ' ? text[1..] : text;
    }

    private string Release(string added, bool end)
    {
        if (Stopped) return "";
        if (stop.Count == 0) return added;
        var text = _held + added;
        if (FirstStop(text) is { } index)
        {
            Stopped = true;
            return text[..index];
        }
        var certain = end ? text.Length : text.Length - PossibleStop(text);
        _held = text[certain..];
        return text[..certain];
    }

    /// <summary>
    /// Where the stop string begins that is whole first, and of several that end together the longest: so that text is cut at the same place
    /// however tokens split it.
    /// </summary>
    private int? FirstStop(string text)
    {
        (int End, int Start)? first = null;
        foreach (var s in stop)
        {
            var start = text.IndexOf(s, StringComparison.Ordinal);
            if (start < 0) continue;
            var found = (End: start + s.Length, start);
            if (first is null || found.CompareTo(first.Value) < 0) first = found;
        }
        return first?.Start;
    }

    /// <summary>Length of the longest end of the text with which a stop string begins.</summary>
    private int PossibleStop(string text)
    {
        for (var length = Math.Min(text.Length, stop.Max(s => s.Length) - 1); length > 0; length--)
        {
            if (stop.Any(s => s.AsSpan().StartsWith(text.AsSpan(text.Length - length)))) return length;
        }
        return 0;
    }
}
