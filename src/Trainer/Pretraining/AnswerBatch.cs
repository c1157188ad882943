using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Trainer.Pretraining;

/// <param name="Tokens">Without the end of turn.</param>
/// <param name="Ended">The model ended the answer itself, within the limit.</param>
public sealed record EvaluatedAnswer(string Text, IReadOnlyList<int> Tokens, bool Ended);

/// <summary>Answers many prompts at once, in their order. Owns nothing.</summary>
public sealed class AnswerBatch(Transformer transformer, Tokenizer tokenizer, ChatTemplate template)
{
    private const int Slots = 32;
    /// <summary>Questions are short; the whole context of a large model, 32 times, would not fit the memory.</summary>
    private const int LongestDialogue = 2048;

    /// <summary>A text in the model's tokens.</summary>
    public IReadOnlyList<int> Tokens(string text) => tokenizer.Encode(text);

    /// <param name="seed">Prompt number i draws from seed + i.</param>
    public IReadOnlyList<EvaluatedAnswer> Answer(
        IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, SamplingParameters sampling, long seed, CancellationToken cancellationToken)
    {
        var capacity = Math.Min(transformer.Config.MaxPositions, LongestDialogue);
        using var generator = new BatchGenerator(transformer, version: 0, Slots, capacity, template.EndIds);
        var answers = new EvaluatedAnswer[prompts.Count];
        var underWay = new Dictionary<int, (int Prompt, List<int> Tokens)>();
        for (var next = 0; next < prompts.Count || generator.Active > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (; next < prompts.Count && !generator.IsFull; next++)
            {
                var prompt = template.Prompt(prompts[next], generator.Capacity - sampling.MaxTokens);
                underWay[generator.Admit(prompt, sampling, seed + next)] = (next, []);
            }
            foreach (var token in generator.Step())
            {
                var (prompt, tokens) = underWay[token.Sequence];
                if (token.Finish is not FinishReason.EndOfTurn) tokens.Add(token.Token.Id);
                if (token.Finish is { } finish) answers[prompt] = new(tokenizer.Decode(tokens), tokens, finish == FinishReason.EndOfTurn);
            }
        }
        return answers;
    }
}
