using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Model.Generation;

/// <summary>One answer outside of the engine, token for token as the engine would give it with this checkpoint.</summary>
/// <param name="Tokens">All that were sampled, the end of turn included.</param>
public sealed record SingleAnswer(string Text, IReadOnlyList<int> Tokens, FinishReason Finish)
{
    /// <summary>Runs on the calling thread.</summary>
    /// <param name="options">Of the engine: they decide how much of a long conversation the model sees.</param>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid parameters, or a prompt that leaves no room for an answer.</exception>
    /// <exception cref="InvalidDataException">The weights give logits that are not finite.</exception>
    public static SingleAnswer Generate(
        LoadedCheckpoint checkpoint, GenerationRequest request, PolicyEngineOptions options, CancellationToken cancellationToken)
    {
        var transformer = checkpoint.Transformer;
        var context = options.ContextOf(transformer.Config);
        var answer = AnswerUnderWay.To(request, checkpoint, context);
        var capacity = Math.Min(context, answer.Prompt.Count + answer.Sampling.MaxTokens);
        using var generator = new BatchGenerator(transformer, version: 0, slots: 1, capacity, checkpoint.Template.EndIds, options.PrefillTokens, options.DecodingOf(checkpoint));
        generator.Admit(answer.Prompt, answer.Sampling, answer.Seed, answer.Alternatives, answer.Constraint);
        while (!answer.Finished)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (_, token, finish) in generator.Step()) answer.Append(token, finish);
        }
        return Whole(answer);
    }

    private static SingleAnswer Whole(AnswerUnderWay answer)
    {
        List<GeneratedChunk> chunks = [];
        while (answer.Chunks.TryRead(out var chunk)) chunks.Add(chunk);
        return new(string.Concat(chunks.Select(c => c.Text)), [.. chunks.SelectMany(c => c.Tokens).Select(t => t.Id)], chunks[^1].Finish!.Value);
    }
}
