using System.Diagnostics;
using System.Globalization;

namespace ChatLoop.Ledger.Bench;

/// <summary>A closed loop: each caller sends its next event when the last one was acknowledged.</summary>
internal static class Load
{
    public static void PrintHeader() => Console.WriteLine($"{"path",-30}{"events/s",10}{"p50 ms",9}{"p99 ms",9}{"CPU us/event",14}");

    public static async Task Run(string name, int callers, int events, Func<int, int, Task> send)
    {
        var latencies = new double[events];
        var next = -1;
        var processor = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < events;)
            {
                var start = Stopwatch.GetTimestamp();
                await send(caller, i);
                latencies[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        })));
        var seconds = watch.Elapsed.TotalSeconds;
        var used = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / events;
        Array.Sort(latencies);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-30}{events / seconds,10:N0}{latencies[events / 2],9:0.0}{latencies[events * 99 / 100],9:0.0}{used,14:0}"));
    }
}
