using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Tests.Checkpoints;

/// <summary>A server that swaps weights for weeks has old and new ones in memory, and nothing of those before.</summary>
[Collection(LiveTensors.Name)]
public sealed class CheckpointMemoryTests
{
    /// <summary>107 MB in matrices of 0.8 to 13 MB, the sizes that an allocator likes to keep.</summary>
    private static readonly TransformerConfig Config = TinyCheckpoint.Config with
    {
        VocabularySize = 2048,
        HiddenSize = 768,
        IntermediateSize = 2048,
        Layers = 4,
        Heads = 12,
        KeyValueHeads = 4,
    };

    [Fact]
    public void Old_and_new_weights_are_all_that_a_swap_takes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The allocator is the C library's.");
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path);
        TinyCheckpoint.Save(store, "policy", seed: 1, Config);
        store.Load("policy").Dispose();
        var bytes = TransformerWeights.Shapes(Config).Sum(s => s.Value.Aggregate(4L, (product, size) => product * size));
        var live = store.Load("policy");
        var first = Resident();

        // What an allocator keeps of each version adds up: seven times the weights before it was held to give them back.
        for (var version = 2; version < 10; version++)
        {
            var next = Load(store);
            Assert.True(Resident() - first < 2.5 * bytes, $"{(Resident() - first) / (double)bytes:0.00} of the weights beside the first ones in version {version}");
            live.Dispose();
            live = next;
        }
        Assert.True(Resident() - first < 1.5 * bytes, $"{(Resident() - first) / (double)bytes:0.00} of the weights stayed");
        live.Dispose();
    }

    /// <summary>Without what the garbage collector keeps for itself.</summary>
    private static long Resident()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }

    /// <summary>On another thread each time, as the engine does.</summary>
    private static LoadedCheckpoint Load(CheckpointStore store)
    {
        LoadedCheckpoint? loaded = null;
        var thread = new Thread(() => loaded = store.Load("policy"));
        thread.Start();
        thread.Join();
        return loaded!;
    }
}
