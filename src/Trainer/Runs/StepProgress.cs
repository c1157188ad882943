using ChatLoop.Contracts.Learning;

namespace ChatLoop.Trainer.Runs;

/// <summary>Reports of one step. Workers may report at the same time: the receiver gets one report after the other.</summary>
public sealed class StepProgress(LearningPhase phase, IProgress<TrainingProgress> receiver)
{
    private readonly Lock _gate = new();

    public void Report(double fraction, string detail, IReadOnlyList<MetricPoint>? points = null, LearningPhase? other = null)
    {
        lock (_gate) receiver.Report(new(other ?? phase, fraction, detail, points ?? []));
    }
}
