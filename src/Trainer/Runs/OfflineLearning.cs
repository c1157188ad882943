using System.Globalization;
using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// Passes over examples that are there before the training: shuffled minibatches, each one optimiser step. Owns the moments, not the
/// policy.
/// </summary>
internal sealed class OfflineLearning(string name, PolicyTask task, OfflineOptions options) : IDisposable
{
    /// <summary>Points of each curve at most, however many steps there are.</summary>
    private const int Reports = 40;

    private readonly AdamOptimizer _adam = new(task.Policy.TrainableParameters, options.AdamEpsilon, options.WeightDecay);

    /// <summary>Adds the gradients of a minibatch's loss. Returns what the curves show of it; NaN where there is nothing to show.</summary>
    public delegate IReadOnlyList<(string Curve, double Value)> Accumulate<T>(T[] minibatch, CancellationToken cancellationToken);

    /// <summary>Learns, and measures the policy that comes of it.</summary>
    /// <param name="scoring">How its answers are scored.</param>
    public PolicyOutcome Train<T>(
        IReadOnlyList<T> examples, Accumulate<T> accumulate, PpoOptions scoring, TrainingWorkers workers, StepProgress progress,
        CancellationToken cancellationToken)
    {
        var end = Run(examples, accumulate, progress, cancellationToken) ? PpoEnd.AllIterations : PpoEnd.Diverged;
        return OwnAnswers.Measure(task, scoring, workers, options.MeasuredAnswers, options.Epochs, end, progress, cancellationToken);
    }

    /// <returns>False when a gradient was not finite: that step and the rest were left out.</returns>
    private bool Run<T>(IReadOnlyList<T> examples, Accumulate<T> accumulate, StepProgress progress, CancellationToken cancellationToken)
    {
        var random = new Random(task.Seed.GetHashCode());
        var perEpoch = Math.Max(1, examples.Count / options.Minibatch);
        var steps = perEpoch * options.Epochs;
        var schedule = new LearningRateSchedule(options.LearningRate, steps, WarmUpSteps: steps / 10);
        var every = (steps + Reports - 1) / Reports;
        var window = new List<(string Curve, double Value)>();
        var step = 0;
        task.Policy.GradientCheckpointing = task.Sampling.GradientCheckpointing;
        task.Policy.RequireGradients(true);
        try
        {
            foreach (var minibatch in Enumerable.Range(0, options.Epochs).SelectMany(_ => Minibatches.Shuffle(examples, perEpoch, random)))
            {
                _adam.ZeroGradients();
                window.AddRange(accumulate(minibatch, cancellationToken));
                if (!double.IsFinite(GradientNorm.Clip(task.Policy.TrainableParameters, options.MaxGradientNorm))) return false;
                _adam.Step(schedule.At(step++));
                if (step % every == 0 || step == steps) Report(window, step, steps, progress);
            }
        }
        finally
        {
            task.Policy.RequireGradients(false);
        }
        return true;
    }

    private void Report(List<(string Curve, double Value)> window, int step, int steps, StepProgress progress)
    {
        MetricPoint[] points = [.. window.Where(v => !double.IsNaN(v.Value)).GroupBy(v => v.Curve)
            .Select(c => new MetricPoint(c.Key, step, c.Average(v => v.Value)))];
        var shown = string.Join(", ", points.Take(2).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Value:0.000}")));
        progress.Report(OwnAnswers.Start * ((double)step / steps), $"{name} step {step} of {steps}: {shown}", points);
        window.Clear();
    }

    public void Dispose() => _adam.Dispose();
}
