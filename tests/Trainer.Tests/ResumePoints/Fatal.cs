using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.ResumePoints;

/// <summary>Kills a training at the report after so many.</summary>
internal sealed class Fatal(int survived) : IProgress<TrainingProgress>
{
    private int _reports;

    public void Report(TrainingProgress value)
    {
        if (_reports++ == survived) throw new KilledException();
    }
}
