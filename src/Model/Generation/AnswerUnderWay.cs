using System.Threading.Channels;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Generation;

/// <summary>
/// One answer between its caller and the engine's thread. The channel is unbounded, so that a slow reader never stalls the batch;
/// the answer's token limit bounds it.
/// </summary>
internal sealed class AnswerUnderWay(
    IReadOnlyList<int> prompt, SamplingParameters sampling, int alternatives, ConstrainedAnswer? constraint, Tokenizer tokenizer)
{
    private readonly Channel<GeneratedChunk> _chunks = Channel.CreateUnbounded<GeneratedChunk>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly AnswerText _text = new(tokenizer, sampling.Stop);
    /// <summary>Sampled, but their text is still held back.</summary>
    private List<GeneratedToken> _tokens = [];
    private volatile bool _cancelled;

    public IReadOnlyList<int> Prompt => prompt;
    public SamplingParameters Sampling => sampling;
    /// <summary>How many likeliest tokens are reported with each token.</summary>
    public int Alternatives => alternatives;
    /// <summary>The engine thread's once the answer is in the batch; null for none.</summary>
    public ConstrainedAnswer? Constraint => constraint;
    public long Seed { get; } = sampling.Seed ?? Random.Shared.NextInt64();
    public ChannelReader<GeneratedChunk> Chunks => _chunks.Reader;

    /// <summary>Its reader has gone.</summary>
    public bool Cancelled => _cancelled;
    public bool Finished { get; private set; }

    /// <summary>The answer that a request asks of a checkpoint.</summary>
    /// <param name="context">Tokens of prompt and answer together.</param>
    /// <exception cref="ChatLoopException">Invalid parameters, or TooLarge when the last message alone does not fit.</exception>
    public static AnswerUnderWay To(GenerationRequest request, LoadedCheckpoint checkpoint, int context)
    {
        SamplingLimits.Check(request.Sampling);
        SamplingLimits.CheckTokens(request.Sampling, checkpoint.Transformer.Config.VocabularySize);
        SamplingLimits.CheckAlternatives(request.TopLogProbabilities);
        if (request.Messages is not [.., { Role: TurnRole.User }])
            throw ChatLoopException.Invalid("The messages must end with the user's.");
        // At least a quarter of the context stays free for the answer: a longer conversation loses its oldest turns.
        var room = Math.Min(request.Sampling.MaxTokens, context / 4);
        var prompt = checkpoint.Template.Prompt(request.Messages, context - room);
        var sampling = request.Sampling with { Stop = [.. request.Sampling.Stop, .. checkpoint.Template.StopTexts] };
        return new(prompt, sampling, request.TopLogProbabilities, checkpoint.Constraints.Begin(sampling), checkpoint.Tokenizer);
    }

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
