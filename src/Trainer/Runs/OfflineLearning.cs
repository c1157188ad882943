using System.Globalization;
using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Runs;

/// <param name="Minibatch">Examples in each optimiser step, a few more where they do not divide evenly.</param>
internal sealed record OfflineSettings(
    int Epochs, int Minibatch, double LearningRate, double AdamEpsilon, double WeightDecay, double MaxGradientNorm);

/// <summary>
/// Passes over examples that are there before the training: shuffled minibatches, each one optimiser step. Owns the moments, not the
/// policy.
/// </summary>
internal sealed class OfflineLearning(string name, Transformer policy, OfflineSettings settings) : IDisposable
{
    /// <summary>Points of each curve at most, however many steps there are.</summary>
    private const int Reports = 40;

    private readonly AdamOptimizer _adam = new(policy.Weights.Parameters, settings.AdamEpsilon, settings.WeightDecay);

    /// <summary>Adds the gradients of a minibatch's loss. Returns what the curves show of it; NaN where there is nothing to show.</summary>
    public delegate IReadOnlyList<(string Curve, double Value)> Accumulate<T>(T[] minibatch, CancellationToken cancellationToken);

    /// <param name="until">The fraction of the whole step's progress that the last pass ends at.</param>
    /// <returns>False when a gradient was not finite: that step and the rest were left out.</returns>
    public bool Run<T>(
        IReadOnlyList<T> examples, Accumulate<T> accumulate, Random random, StepProgress progress, double until, CancellationToken cancellationToken)
    {
        var perEpoch = Math.Max(1, examples.Count / settings.Minibatch);
        var steps = perEpoch * settings.Epochs;
        var schedule = new LearningRateSchedule(settings.LearningRate, steps, WarmUpSteps: steps / 10);
        var every = (steps + Reports - 1) / Reports;
        var window = new List<(string Curve, double Value)>();
        var step = 0;
        policy.Weights.RequireGradients(true);
        try
        {
            foreach (var minibatch in Enumerable.Range(0, settings.Epochs).SelectMany(_ => Minibatches.Shuffle(examples, perEpoch, random)))
            {
                _adam.ZeroGradients();
                window.AddRange(accumulate(minibatch, cancellationToken));
                if (!double.IsFinite(GradientNorm.Clip(policy.Weights.Parameters, settings.MaxGradientNorm))) return false;
                _adam.Step(schedule.At(step++));
                if (step % every == 0 || step == steps) Report(window, step, steps, progress, until);
            }
        }
        finally
        {
            policy.Weights.RequireGradients(false);
        }
        return true;
    }

    private void Report(List<(string Curve, double Value)> window, int step, int steps, StepProgress progress, double until)
    {
        MetricPoint[] points = [.. window.Where(v => !double.IsNaN(v.Value)).GroupBy(v => v.Curve)
            .Select(c => new MetricPoint(c.Key, step, c.Average(v => v.Value)))];
        var shown = string.Join(", ", points.Take(2).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Value:0.000}")));
        progress.Report(until * ((double)step / steps), $"{name} step {step} of {steps}: {shown}", points);
        window.Clear();
    }

    public void Dispose() => _adam.Dispose();
}
