using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Preferences;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Preferences;

/// <summary>
/// When raters choose by Bradley-Terry on the scores, DPO on all their pairs has the optimum of the KL-regularised reward, without
/// ever seeing a score. Numbers of the losses: peers-rlhf 4.16.
/// </summary>
public sealed class PreferenceOptimumTests
{
    private static readonly (int First, int Second)[] Pairs = [(0, 1), (0, 2), (1, 2)];

    [Fact]
    public void Dpo_on_population_preferences_reaches_the_optimum()
    {
        using var scope = NewDisposeScope();
        using var problem = new ExactOptimum(seed: 1);
        using var adam = new AdamOptimizer([problem.Logits], epsilon: 1e-8);
        Near.Equal(0.214876, Loss(problem));
        const int steps = 600;
        var schedule = new LearningRateSchedule(0.05, steps);
        for (var i = 0; i < steps; i++)
        {
            using var step = NewDisposeScope();
            adam.ZeroGradients();
            Loss(problem).backward();
            adam.Step(schedule.At(i));
        }

        problem.AssertReached(0.001);
        Near.Equal(0.167471, Loss(problem));
    }

    /// <summary>Over all pairs of answers that the reference gives, each as often as it gives them.</summary>
    private static Tensor Loss(ExactOptimum problem)
    {
        long[] first = [.. Pairs.Select(p => (long)p.First)], second = [.. Pairs.Select(p => (long)p.Second)];
        var (firsts, seconds) = (tensor(first), tensor(second));
        var frequency = tensor(Pairs.Select(p => ExactOptimum.Reference[p.First] * ExactOptimum.Reference[p.Second]).ToArray());
        var preferred = tensor(Pairs.Select(p => ExactOptimum.Scores[p.First] - ExactOptimum.Scores[p.Second]).ToArray()).sigmoid();
        var margin = LogRatioMargin.Of(
            problem.LogPolicy(firsts), problem.LogReference.index_select(0, firsts),
            problem.LogPolicy(seconds), problem.LogReference.index_select(0, seconds));
        return (frequency * DirectPreference.Loss(margin, preferred, ExactOptimum.Beta)).sum();
    }
}
