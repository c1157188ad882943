using System.Diagnostics;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Training.Bench;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// The engine for a long time: clients ask with prompts of mixed length, a third of them give up after a random time, and weights are
/// swapped every five seconds for others of the same values. Every whole answer is compared with the one generated alone. Prints memory
/// each minute, and its slope over the second half by least squares.
/// </summary>
internal static class SoakStudy
{
    private const int Clients = 32;
    private const int Requests = 200;
    private static readonly TimeSpan BetweenSwaps = TimeSpan.FromSeconds(5);
    /// <summary>Nobody waits as long for a token on any machine.</summary>
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(60);

    public static async Task Run(string source, TimeSpan length)
    {
        using var folder = new TemporaryStore(source);
        var options = new PolicyEngineOptions();
        await using var engine = new PolicyEngine(folder.Store, options, new SwapInstants());
        await engine.Swap(1, TemporaryStore.Folders[1], CancellationToken.None);
        var clients = new SoakClients(engine, await Task.Run(() => Alone(folder.Store, options)));
        using var stop = new CancellationTokenSource();
        Task[] all = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => clients.Chat(client, stop.Token))), Swap(engine, stop.Token)];

        List<(double Minute, double MiB)> samples = [];
        var start = Stopwatch.GetTimestamp();
        using var minute = new PeriodicTimer(TimeSpan.FromMinutes(1));
        while (Stopwatch.GetElapsedTime(start) < length && await minute.WaitForNextTickAsync())
        {
            samples.Add((Stopwatch.GetElapsedTime(start).TotalMinutes, ResidentMemory.Now / (double)(1 << 20)));
            Console.WriteLine($"{samples[^1].Minute,6:F1} min {samples[^1].MiB,8:F1} MiB, {GC.GetTotalMemory(forceFullCollection: true) / 1e6:F1} MB managed, "
                + $"version {engine.LiveVersion}: {clients.Report(Stuck)}");
        }
        await stop.CancelAsync();
        await Task.WhenAll(all).WaitAsync(Stuck);
        var late = samples.Where(s => s.Minute > length.TotalMinutes / 2).ToArray();
        Console.WriteLine($"all {Clients} clients ended; {engine.ActiveAnswers} active and {engine.WaitingAnswers} waiting answers are left; "
            + (late.Length < 3 ? "too short for a slope" : $"slope over the second half {60 * Slope(late):F1} MiB an hour"));
    }

    private static IReadOnlyList<(GenerationRequest Request, SingleAnswer Alone)> Alone(CheckpointStore store, PolicyEngineOptions options)
    {
        var random = new Random(1);
        using var checkpoint = store.Load(TemporaryStore.Folders[0]);
        return
        [
            .. Enumerable.Range(0, Requests).Select(_ => ChatRequests.Next(random))
                .Select(request => (request, SingleAnswer.Generate(checkpoint, request, options, CancellationToken.None))),
        ];
    }

    private static async Task Swap(PolicyEngine engine, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(BetweenSwaps);
        try
        {
            for (var version = 2; await timer.WaitForNextTickAsync(stop); version++)
                await engine.Swap(version, TemporaryStore.Folders[version % 2], CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // The soak is over.
        }
    }

    private static double Slope((double Minute, double MiB)[] samples)
    {
        var (meanX, meanY) = (samples.Average(s => s.Minute), samples.Average(s => s.MiB));
        return samples.Sum(s => (s.Minute - meanX) * (s.MiB - meanY)) / samples.Sum(s => (s.Minute - meanX) * (s.Minute - meanX));
    }
}
