using System.Diagnostics;

namespace ChatLoop.Training.Bench;

/// <summary>In milliseconds.</summary>
internal readonly record struct Time(double Wall, double Processor)
{
    public static Time Of(Action work)
    {
        var (start, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        work();
        return new(Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds);
    }
}
