using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Training.Bench;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// What hot swaps cost the chats, without swaps, with them, and without again, in one run. The weights are the same in each version, so that
/// answers are as long. Pieces of text are tokens wherever each has text of its own, as the starter's have.
/// </summary>
internal sealed class SwapStudy(int chats, int swaps)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    /// <summary>From one swap to the next: an engine that did nothing but load would measure the load.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    public async Task Measure(CheckpointStore store)
    {
        var log = new SwapInstants();
        await using var engine = new PolicyEngine(store, new() { MaxConcurrent = chats }, log);
        await engine.Swap(1, TemporaryStore.Folders[1], CancellationToken.None);
        // Without a report: code is compiled, and every buffer has its size.
        await new ChatLoad(engine, chats).During(() => Task.Delay(Quiet));
        await Swap(engine, 2, 5);

        ResidentMemory.ForgetPeak();
        var before = await Report("without swaps", new(engine, chats), () => Task.Delay(Quiet));
        var (settled, first) = (ResidentMemory.Peak, log.Instants.Count);
        var swapping = await Report($"with {swaps} swaps", new(engine, chats), () => Swap(engine, 7, swaps));
        var peak = ResidentMemory.Peak;
        var after = await Report("without swaps again", new(engine, chats), () => Task.Delay(Quiet));

        var quiet = Quantile.Of(before.Gaps.Concat(after.Gaps).Select(g => g.Milliseconds), 0.99);
        var swapped = Quantile.Of(swapping.Gaps.Select(g => g.Milliseconds), 0.99);
        Console.WriteLine($"p99 between pieces of text: {swapped - quiet:+0.0;-0.0} ms by the swaps");
        Around([.. log.Instants.Skip(first)], swapping);
        Console.WriteLine($"resident at most {settled / 1e6:F0} MB without swaps, {peak / 1e6:F0} MB with them");
    }

    private static async Task Swap(PolicyEngine engine, int from, int count)
    {
        for (var version = from; version < from + count; version++)
        {
            await engine.Swap(version, TemporaryStore.Folders[version % 2], CancellationToken.None);
            await Task.Delay(Pause);
        }
    }

    private static async Task<ChatLoad> Report(string name, ChatLoad load, Func<Task> work)
    {
        await load.During(work);
        double[] gaps = [.. load.Gaps.Select(g => g.Milliseconds)];
        Console.WriteLine($"{name,-20} {load.Seconds,5:F0} s, {load.Answers,5} answers, {load.Tokens / load.Seconds,6:F0} tokens/s; "
            + $"between pieces p50 {Quantile.Of(gaps, 0.5):F1}, p99 {Quantile.Of(gaps, 0.99):F1}, at most {gaps.Max():F1} ms; "
            + $"{load.Refused} refused, {load.Cut} cut, {load.WithoutVersion} tokens without their version");
        return load;
    }

    /// <summary>The longest gap of any chat that a swap falls into, against gaps as usual.</summary>
    private static void Around(long[] swaps, ChatLoad load)
    {
        var gaps = load.Gaps.OrderBy(g => g.From).ToArray();
        var usual = Quantile.Of(gaps.Select(g => g.Milliseconds), 0.5);
        double[] around = [.. swaps.Select(swap => gaps.Where(g => g.From <= swap && swap < g.To).Max(g => (double?)g.Milliseconds) ?? 0)];
        Console.WriteLine($"the longest gap around a swap: median {Quantile.Of(around, 0.5):F1}, at most {around.Max():F1} ms; {usual:F1} ms is usual");
    }
}
