using ChatLoop.Model.Tensors;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Rewards.Likelihoods;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Heads that are fitted to features that stay (Alain and Bengio 2016): for each head the minimum of
/// sum_j weight_j count_jk loss_jk + penalty_k / 2 (|v_k - anchor_k|^2 + bias_k^2) with scores = features v / sqrt(F) + bias. The problem is
/// convex for comparisons, thumbs and stars alike; Adam on all judgements at once gets close enough, for several heads side by side.
/// </summary>
public static class LinearProbe
{
    private const int Steps = 150;
    private const double LearningRate = 0.1;

    /// <param name="features">Scaled, of all judgements' answers in their order, [A, F].</param>
    /// <param name="counts">How often each head learns from each judgement, N rows of K.</param>
    /// <param name="penalties">Of each head, K.</param>
    /// <param name="anchors">Where each head lies without judgements, [K, F]; differences between heads where nothing was judged come from here.</param>
    /// <param name="likelihood">Of these judgements; learns beside the heads.</param>
    /// <returns>Heads on the scaled features, weights [K, F] and biases [K]; the caller owns both.</returns>
    public static (Tensor Weights, Tensor Biases) Fit(
        IReadOnlyList<Judgement> judgements, FeedbackLikelihood likelihood, Tensor features, IReadOnlyList<int[]> counts, IReadOnlyList<double> penalties, Tensor anchors,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var (heads, size) = (penalties.Count, features.shape[1]);
        using Parameter directions = new(anchors.clone()), biases = new(zeros(heads));
        likelihood.RequireGradients(true);
        using var optimizer = new AdamOptimizer([directions, biases, .. likelihood.Parameters], epsilon: 1e-8);
        var schedule = new LearningRateSchedule(LearningRate, Steps);
        var scaled = features.Over(Math.Sqrt(size));
        var weights = tensor(judgements.SelectMany((j, i) => counts[i].Select(c => (float)(j.Weight * c))).ToArray(), [judgements.Count, heads]);
        var halves = tensor(penalties.Select(p => (float)(p / 2)).ToArray());
        var total = Math.Max(1, judgements.Sum(j => j.Weight));
        for (var step = 0; step < Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            optimizer.ZeroGradients();
            using (NewDisposeScope())
            {
                var losses = likelihood.Losses(judgements, nn.functional.linear(scaled, directions, biases));
                var penalty = (halves * (directions - anchors).Squared().sum(dim: 1).Plus(biases.Squared())).sum();
                (weights * losses).sum().Plus(penalty).Over(heads).Plus(likelihood.Prior()).Over(total).backward();
            }
            optimizer.Step(schedule.At(step));
        }
        likelihood.RequireGradients(false);
        return (directions.detach().Over(Math.Sqrt(size)).MoveToOuterDisposeScope(), biases.detach().clone().MoveToOuterDisposeScope());
    }
}
