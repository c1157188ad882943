using ChatLoop.Contracts.Learning;

namespace ChatLoop.Trainer.Runs;

/// <summary>Reports of one step. Workers may report at the same time: the receiver gets one report after the other.</summary>
public sealed class StepProgress(LearningPhase phase, IProgress<TrainingProgress> receiver)
{
    private readonly Lock _gate = new();
    private double _fraction;
    private string _detail = "";

    public void Report(double fraction, string detail, IReadOnlyList<MetricPoint>? points = null, LearningPhase? other = null)
    {
        lock (_gate)
        {
            (_fraction, _detail) = (fraction, detail);
            receiver.Report(new(other ?? phase, fraction, detail, points ?? []));
        }
    }

    /// <summary>Adds a line to the last report, for people.</summary>
    public void Note(string note)
    {
        lock (_gate) receiver.Report(new(phase, _fraction, _detail.Length > 0 ? $"{_detail}; {note}" : note, []));
    }
}
