using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Grains.Learning;

/// <summary>What a step under way has reported. Written by the trainer's thread, read by the grain.</summary>
internal sealed class StepReport(LearningPhase phase, string detail, LearningSignal learning, TensorBoardLog events) : IProgress<TrainingProgress>
{
    private const int MostPoints = 10_000;

    private readonly Lock _lock = new();
    private readonly List<MetricPoint> _points = [];
    private TrainingProgress _latest = new(phase, 0, detail, []);

    public TrainingProgress Latest
    {
        get { lock (_lock) return _latest; }
    }

    public IReadOnlyList<MetricPoint> Points
    {
        get { lock (_lock) return _points.ToArray(); }
    }

    public void Report(TrainingProgress value)
    {
        lock (_lock)
        {
            _latest = value;
            _points.AddRange(value.Points.Take(MostPoints - _points.Count));
            events.Write(value.Points);
        }
        learning.Raise();
    }
}
