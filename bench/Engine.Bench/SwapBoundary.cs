using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using static TorchSharp.torch;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// What a swap adds to the step that it comes before, measured on the thread that decodes: steps alone, steps while the next weights load
/// on another thread, and the swap itself. Freeing the old weights, which need not be that thread's work, is measured by itself.
/// </summary>
internal static class SwapBoundary
{
    private const int Swaps = 20;
    private const int StepsBetween = 8;

    public static void Measure(CheckpointStore store, int sequences)
    {
        set_num_threads(1);
        var live = store.Load(TemporaryStore.Folders[0]);
        // Half of the window: as many steps come before a sequence is full and another one takes its place.
        var capacity = live.Transformer.Config.MaxPositions / 2;
        using var generator = new BatchGenerator(live.Transformer, 1, sequences, capacity, endIds: [-1]);
        List<double> swaps = [], frees = [], beside = [], alone = [], after = [];
        for (var version = 2; version < Swaps + 2; version++)
        {
            for (var step = 0; step < StepsBetween; step++) Step(generator, alone);
            var folder = TemporaryStore.Folders[version % 2];
            LoadedCheckpoint? next = null;
            var loading = new Thread(() => next = store.Load(folder));
            loading.Start();
            while (loading.IsAlive) Step(generator, beside);
            var (previous, loaded) = (live, next!);
            Fill(generator);
            swaps.Add(Time.Of(() => generator.SwapWeights(loaded.Transformer, version)).Wall);
            frees.Add(Time.Of(previous.Dispose).Wall);
            live = loaded;
            Step(generator, after);
        }
        live.Dispose();
        Console.WriteLine($"on the decoding thread, {sequences} sequences: a step takes {Describe(alone)}, {Describe(beside)} while weights load, "
            + $"{Describe(after)} after a swap; the swap itself {Describe(swaps)}, freeing the old weights {Describe(frees)}");
    }

    private static void Step(BatchGenerator generator, List<double> times)
    {
        Fill(generator);
        times.Add(Time.Of(() => generator.Step()).Wall);
    }

    /// <summary>Runs the prompts of new sequences outside of what is timed.</summary>
    private static void Fill(BatchGenerator generator)
    {
        if (generator.IsFull) return;
        while (!generator.IsFull) generator.Admit([.. Enumerable.Range(4, 32)], new() { MaxTokens = int.MaxValue }, seed: generator.Active);
        generator.Step();
    }

    private static string Describe(List<double> times) => $"{Quantile.Of(times, 0.5):F3} ms (at most {times.Max():F3})";
}
