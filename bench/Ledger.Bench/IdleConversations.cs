using System.Diagnostics;

namespace ChatLoop.Ledger.Bench;

/// <summary>
/// What a conversation costs in memory that has been used and is not used now: each has one message and one answer of 60 tokens with their
/// likelihoods. Managed memory after a full collection, so that it is what really stays; the process' own is printed beside it.
/// </summary>
internal static class IdleConversations
{
    private const int Callers = 64, Warm = 500;

    public static async Task Run(BenchService service, int conversations)
    {
        await Start(Warm);
        var (before, process) = (Managed(), Environment.WorkingSet);
        var active = await service.ActiveConversations();
        var clock = Stopwatch.StartNew();
        await Start(conversations);
        var seconds = clock.Elapsed.TotalSeconds;
        var kept = await service.ActiveConversations() - active;
        Console.WriteLine(
            $"{kept:N0} of {conversations:N0} conversations in memory: {(Managed() - before) / 1024.0 / kept:0.0} KiB managed each, "
            + $"{(Environment.WorkingSet - process) / 1024.0 / kept:0.0} KiB of the process; {conversations / seconds:N0} made, answered and stored a second");

        Task Start(int count) => Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (i, _) => await service.Chat($"user{i}"));
    }

    private static long Managed()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
