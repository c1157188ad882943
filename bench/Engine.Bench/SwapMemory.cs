using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Training.Bench;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// The most memory that swaps take, as a share of the old and the new weights together. The engine serves nobody meanwhile, so that what is
/// measured is the weights.
/// </summary>
internal static class SwapMemory
{
    private const int WarmUps = 3;
    private const int Swaps = 20;

    public static async Task Measure(CheckpointStore store)
    {
        var weights = WeightsOf(store);
        await using var engine = new PolicyEngine(store, new() { MaxConcurrent = 1, ContextTokens = 64 }, new SwapInstants());
        await Swap(engine, 1, WarmUps);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var others = ResidentMemory.Now - weights;
        ResidentMemory.ForgetPeak();
        await Swap(engine, WarmUps + 1, Swaps);
        Console.WriteLine($"memory: {weights / 1e6:F1} MB of weights; resident at most {(ResidentMemory.Peak - others) / 1e6:F1} MB in {Swaps} swaps, "
            + $"{(ResidentMemory.Peak - others) / (2.0 * weights):F2} of old and new, and {(ResidentMemory.Now - others) / 1e6:F1} MB after them; {others / 1e6:F0} MB for all else");
    }

    private static async Task Swap(PolicyEngine engine, int from, int count)
    {
        for (var version = from; version < from + count; version++)
            await engine.Swap(version, TemporaryStore.Folders[version % 2], CancellationToken.None);
    }

    private static long WeightsOf(CheckpointStore store)
    {
        using var checkpoint = store.Load(TemporaryStore.Folders[0]);
        return checkpoint.Transformer.Weights.ByName.Sum(w => w.Value.numel() * w.Value.element_size());
    }
}
