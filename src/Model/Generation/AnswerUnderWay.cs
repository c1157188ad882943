using System.Threading.Channels;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Generation;

/// <summary>
/// One answer between its caller and the engine's thread. The channel is unbounded, so that a slow reader never stalls the batch;
/// the answer's token limit bounds it.
/// </summary>
internal sealed class AnswerUnderWay(IReadOnlyList<int> prompt, SamplingParameters sampling, Tokenizer tokenizer)
{
    private readonly Channel<GeneratedChunk> _chunks = Channel.CreateUnbounded<GeneratedChunk>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly AnswerText _text = new(tokenizer, sampling.Stop);
    /// <summary>Sampled, but their text is still held back.</summary>
    private List<GeneratedToken> _tokens = [];
    private volatile bool _cancelled;

    public IReadOnlyList<int> Prompt => prompt;
    public SamplingParameters Sampling => sampling;
    public long Seed { get; } = sampling.Seed ?? Random.Shared.NextInt64();
    public ChannelReader<GeneratedChunk> Chunks => _chunks.Reader;

    /// <summary>Its reader has gone.</summary>
    public bool Cancelled => _cancelled;
    public bool Finished { get; private set; }

    public void Cancel() => _cancelled = true;

    /// <summary>Passes a token on to the reader. The answer may finish by it, also before the batch would end it.</summary>
    public void Append(GeneratedToken token, FinishReason? finish)
    {
        _tokens.Add(token);
        var text = _text.Append(token.Id);
        if (_text.Stopped) finish = FinishReason.StopString;
        if (finish is { } reason) Finish(reason, text);
        else if (text.Length > 0) Send(text, finish: null);
    }

    /// <summary>Ends the answer with whatever is held back.</summary>
    public void Finish(FinishReason reason, string text = "")
    {
        if (Finished) return;
        Finished = true;
        text += _text.End(cut: reason != FinishReason.EndOfTurn);
        // Held-back text and a character completed by the end may still form a stop string.
        Send(text, _text.Stopped ? FinishReason.StopString : reason);
        _chunks.Writer.Complete();
    }

    private void Send(string text, FinishReason? finish)
    {
        _chunks.Writer.TryWrite(new(text, _tokens, finish));
        _tokens = [];
    }
}
