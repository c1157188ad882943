using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Loop.Bench;

/// <summary>A rater with one taste: an answer that has the trait is better; both or neither is a tie.</summary>
internal sealed class ScriptedRater(Func<string, bool> hasTrait, string id = "rater")
{
    public bool Likes(string answer) => hasTrait(answer);

    public IReadOnlyList<PreferencePair> Rate(
        LoadedCheckpoint policy, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, RolloutSettings sampling, long seed, TrainingWorkers workers)
    {
        IReadOnlyList<IReadOnlyList<int>> tokens = [.. prompts.Concat(prompts).Select(p => policy.Template.Prompt(p))];
        var rollouts = RolloutSampler.Sample(policy.Transformer, tokens, sampling, seed, workers, default);
        return [.. prompts.Select((prompt, i) =>
        {
            var (first, second) = (Answer(rollouts[i]), Answer(rollouts[i + prompts.Count]));
            var (a, b) = (Likes(first.Text), Likes(second.Text));
            return new PreferencePair($"{id}-{seed}-{i}", id, prompt, first, second, a == b ? 0.5 : a ? 1 : 0);
        })];

        RatedAnswer Answer(Rollout rollout) => new()
        {
            TurnId = "t", Text = policy.Tokenizer.Decode(rollout.Tokens.Answer), Tokens = rollout.Tokens.Answer,
            LogProbabilities = rollout.LogProbabilities,
            Finish = rollout.Tokens.IsFinished(policy.Template.EndOfTurn) ? FinishReason.EndOfTurn : FinishReason.Length,
        };
    }
}
