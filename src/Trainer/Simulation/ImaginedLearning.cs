using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Simulation;

/// <summary>
/// The optimiser steps of the rounds, by <see cref="DirectPreference"/>; the rate warms up in a tenth of them and falls linearly to 0.
/// Owns the moments, not the policy.
/// </summary>
internal sealed class ImaginedLearning(ImaginedOptions options, PolicyTask task) : IDisposable
{
    private readonly AdamOptimizer _adam = new(task.Policy.TrainableParameters, options.AdamEpsilon, options.WeightDecay);
    private readonly PairObjective _objective = new(DirectPreference.Loss, options.Beta, smoothing: 0, task.Sampling.Pad);
    private readonly LearningRateSchedule _schedule = Schedule(options);

    public AdamOptimizer Optimizer => _adam;

    /// <param name="round">Counted from 0.</param>
    /// <returns>Means of the curves; null when a gradient was not finite: that step and the rest were left out.</returns>
    public IReadOnlyList<(string Curve, double Value)>? Learn(
        IReadOnlyList<PreferenceExample> examples, int round, Random random, CancellationToken cancellationToken)
    {
        task.Policy.GradientCheckpointing = task.Sampling.GradientCheckpointing;
        task.Policy.RequireGradients(true);
        try
        {
            var curves = new List<(string Curve, double Value)>();
            var step = round * options.Epochs * options.StepsPerPass;
            foreach (var minibatch in Enumerable.Range(0, options.Epochs).SelectMany(_ => Minibatches.Shuffle(examples, options.StepsPerPass, random)))
            {
                var rate = _schedule.At(step++);
                if (minibatch.Length == 0) continue;
                _adam.ZeroGradients();
                curves.AddRange(PreferenceGradients.Accumulate(task.Policy, _objective, options.Beta, minibatch, task.Sampling, cancellationToken));
                if (!double.IsFinite(GradientNorm.Clip(task.Policy.TrainableParameters, options.MaxGradientNorm))) return null;
                _adam.Step(rate);
            }
            return [.. curves.Where(c => !double.IsNaN(c.Value)).GroupBy(c => c.Curve).Select(c => (c.Key, c.Average(v => v.Value)))];
        }
        finally
        {
            task.Policy.RequireGradients(false);
        }
    }

    private static LearningRateSchedule Schedule(ImaginedOptions options)
    {
        var steps = options.Rounds * options.Epochs * options.StepsPerPass;
        return new(options.LearningRate, steps, WarmUpSteps: steps / 10);
    }

    public void Dispose() => _adam.Dispose();
}
