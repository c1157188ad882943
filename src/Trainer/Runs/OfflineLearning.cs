using System.Globalization;
using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.ResumePoints;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// Passes over examples that are there before the training: shuffled minibatches, each one optimiser step. Owns the moments, not the
/// policy.
/// </summary>
internal sealed class OfflineLearning(string name, PolicyTask task, OfflineOptions options) : IDisposable
{
    /// <summary>Points of each curve at most, however many steps there are.</summary>
    private const int Reports = 40;

    /// <summary>Optimiser steps that a kill costs at most.</summary>
    private const int StepsPerResumePoint = 8;

    private const string Part = "steps";

    private readonly AdamOptimizer _adam = new(task.Policy.TrainableParameters, options.AdamEpsilon, options.WeightDecay);

    /// <summary>Adds the gradients of a minibatch's loss. Returns what the curves show of it; NaN where there is nothing to show.</summary>
    public delegate IReadOnlyList<(string Curve, double Value)> Accumulate<T>(T[] minibatch, CancellationToken cancellationToken);

    /// <summary>Learns, and measures the policy that comes of it.</summary>
    /// <param name="scoring">How its answers are scored.</param>
    public PolicyOutcome Train<T>(
        IReadOnlyList<T> examples, Accumulate<T> accumulate, PpoOptions scoring, TrainingWorkers workers, StepProgress progress,
        CancellationToken cancellationToken)
    {
        task.Optimizer?.Recall(_adam);
        var end = Run(examples, accumulate, progress, cancellationToken) ? PpoEnd.AllIterations : PpoEnd.Diverged;
        task.Optimizer?.Keep(_adam);
        return OwnAnswers.Measure(task, scoring, workers, options.MeasuredAnswers, options.Epochs, end, progress, cancellationToken);
    }

    /// <returns>False when a gradient was not finite: that step and the rest were left out.</returns>
    private bool Run<T>(IReadOnlyList<T> examples, Accumulate<T> accumulate, StepProgress progress, CancellationToken cancellationToken)
    {
        var perEpoch = Math.Max(1, examples.Count / options.Minibatch);
        var steps = perEpoch * options.Epochs;
        var schedule = new LearningRateSchedule(options.LearningRate, steps, WarmUpSteps: steps / 10);
        var every = (steps + Reports - 1) / Reports;
        var state = new TrainingState().With("policy", task.Policy.TrainableParameters).With("adam", _adam);
        var done = task.Resume?.Load<Progress>(Part, state) ?? new Progress(0, [], []);
        var (step, points, window) = (done.Step, done.Points.ToList(), done.Window.ToList());
        if (step > 0) progress.Report(OwnAnswers.Start * ((double)step / steps), $"{name} goes on after step {step} of {steps}", points);
        task.Policy.GradientCheckpointing = task.Sampling.GradientCheckpointing;
        task.Policy.RequireGradients(true);
        try
        {
            foreach (var minibatch in MinibatchesFrom(step, perEpoch, examples))
            {
                _adam.ZeroGradients();
                window.AddRange(accumulate(minibatch, cancellationToken).Select(v => new CurveValue(v.Curve, v.Value)));
                if (!double.IsFinite(GradientNorm.Clip(task.Policy.TrainableParameters, options.MaxGradientNorm))) return false;
                _adam.Step(schedule.At(step++));
                if (step % every == 0 || step == steps) points.AddRange(Report(window, step, steps, progress));
                if (step % StepsPerResumePoint == 0 || step == steps) task.Resume?.Save(Part, new Progress(step, points, window), state);
            }
        }
        finally
        {
            task.Policy.RequireGradients(false);
        }
        return true;
    }

    /// <summary>Those that are left of all passes. The passes before are shuffled again, so that the rest is as it would have been.</summary>
    private IEnumerable<T[]> MinibatchesFrom<T>(int step, int perEpoch, IReadOnlyList<T> examples)
    {
        var random = new Random(task.Seed.GetHashCode());
        return Enumerable.Range(0, options.Epochs).SelectMany(_ => Minibatches.Shuffle(examples, perEpoch, random)).Skip(step);
    }

    private MetricPoint[] Report(List<CurveValue> window, int step, int steps, StepProgress progress)
    {
        MetricPoint[] points = [.. window.Where(v => !double.IsNaN(v.Value)).GroupBy(v => v.Curve)
            .Select(c => new MetricPoint(c.Key, step, c.Average(v => v.Value)))];
        var shown = string.Join(", ", points.Take(2).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Value:0.000}")));
        progress.Report(OwnAnswers.Start * ((double)step / steps), $"{name} step {step} of {steps}: {shown}", points);
        window.Clear();
        return points;
    }

    public void Dispose() => _adam.Dispose();

    private sealed record CurveValue(string Curve, double Value);

    /// <param name="Window">What no point has shown yet.</param>
    private sealed record Progress(int Step, IReadOnlyList<MetricPoint> Points, IReadOnlyList<CurveValue> Window);
}
