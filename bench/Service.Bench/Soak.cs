using System.Diagnostics;
using System.Globalization;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.Service.Bench;

/// <summary>
/// Memory of the service under load: 32 people chat and judge so often that one training run follows the other. Prints
/// the resident memory every minute, and its slope over the second half, by least squares. A refused or failed chat ends it with an error.
/// </summary>
internal static class Soak
{
    private const int People = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task Run(ChatLoopService service, TimeSpan length, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var answers = 0;
        var people = Enumerable.Range(0, People).Select(seed => ChatAndJudge(service, seed, () => Interlocked.Add(ref answers, 2), stop.Token)).ToArray();
        List<(double Minute, double MiB)> samples = [];
        using var observer = await ChatUser.Visit(service.Address, cancel);
        var clock = Stopwatch.StartNew();
        using var minute = new PeriodicTimer(TimeSpan.FromMinutes(1));
        while (clock.Elapsed < length && await minute.WaitForNextTickAsync(cancel))
        {
            samples.Add((clock.Elapsed.TotalMinutes, ResidentMiB(service.ProcessId)));
            var checkpoints = (await observer.Learning(cancel)).Checkpoints;
            Console.WriteLine($"{samples[^1].Minute,6:F1} min {samples[^1].MiB,8:F0} MiB {answers,8} answers, version {checkpoints[^1].Version} made");
        }
        await stop.CancelAsync();
        await Task.WhenAll(people);
        var late = samples.Where(s => s.Minute > length.TotalMinutes / 2).ToArray();
        Console.WriteLine($"slope over the second half: {60 * Slope(late):F1} MiB an hour, at {late.Average(s => s.MiB):F0} MiB");
    }

    private static async Task ChatAndJudge(ChatLoopService service, int seed, Action judged, CancellationToken cancel)
    {
        using var user = await ChatUser.Visit(service.Address, cancel);
        var rater = new ScriptedRater(user, new Random(seed));
        try
        {
            while (true)
            {
                await rater.JudgeOnePair(cancel);
                judged();
                await Task.Delay(Pause, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The soak is over.
        }
    }

    private static double ResidentMiB(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static double Slope((double Minute, double MiB)[] samples)
    {
        var (meanX, meanY) = (samples.Average(s => s.Minute), samples.Average(s => s.MiB));
        return samples.Sum(s => (s.Minute - meanX) * (s.MiB - meanY)) / samples.Sum(s => (s.Minute - meanX) * (s.Minute - meanX));
    }
}
