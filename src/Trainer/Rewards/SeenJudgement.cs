using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Rewards;

/// <summary>A judgement, and what the policy itself sees in its answers before anything is learned of them.</summary>
/// <param name="Features">Of each answer, unscaled <see cref="AnswerFeatures"/>, [F].</param>
public sealed record SeenJudgement(Judgement Judgement, IReadOnlyList<float[]> Features)
{
    /// <summary>One pass over all answers; in the order of the judgements.</summary>
    public static IReadOnlyList<SeenJudgement> Of(
        TransformerWeights policy, IReadOnlyList<Judgement> judgements, RolloutSettings batching, CancellationToken cancellationToken)
    {
        using var trunk = new Transformer(policy.Clone());
        var features = AnswerFeatures.Of(
            trunk, [.. judgements.SelectMany(j => j.Answers)], batching.Pad, batching.MicroBatchTokens, cancellationToken);
        var next = 0;
        return [.. judgements.Select(j => new SeenJudgement(j, [.. j.Answers.Select(_ => features[next++])]))];
    }
}
