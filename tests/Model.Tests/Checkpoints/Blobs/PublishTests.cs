using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using CsCheck;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>A checkpoint that one silo publishes is another's, byte for byte, whatever the network does.</summary>
public sealed class PublishTests(Azurite server) : IClassFixture<Azurite>
{
    private readonly string _container = Azurite.NewContainer();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private SiloWithBlobs Silo() => new(server, _container);

    [Fact]
    public async Task A_published_checkpoint_loads_on_another_silo()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var saved = TinyCheckpoint.Save(train.Store, "reward-models/run-0001", seed: 1);

        await train.Blobs.Publish("reward-models/run-0001", Guard);
        await serve.Blobs.Ensure("reward-models/run-0001", Guard);

        using var loaded = serve.Store.Load("reward-models/run-0001");
        Assert.Equal(saved.WeightsHash, loaded.WeightsHash);
        Assert.Equal(
            await File.ReadAllBytesAsync(train.PathOf("reward-models/run-0001", "manifest.json"), Guard),
            await File.ReadAllBytesAsync(serve.PathOf("reward-models/run-0001", "manifest.json"), Guard));
    }

    [Fact]
    public async Task Publishing_the_same_again_changes_nothing()
    {
        using SiloWithBlobs first = Silo(), second = Silo();
        foreach (var silo in (SiloWithBlobs[])[first, second]) silo.Save("v2", seed: 1);
        await first.Blobs.Publish("v2", Guard);
        var before = await first.Listed();

        await first.Blobs.Publish("v2", Guard);
        await second.Blobs.Publish("v2", Guard);

        Assert.Equal(before, await first.Listed());
        Assert.Equal(4, before.Count);
        Assert.Empty(second.Network.Blocks);
    }

    [Fact]
    public async Task Another_checkpoint_under_the_same_name_is_refused()
    {
        using SiloWithBlobs first = Silo(), second = Silo(), third = Silo();
        var manifest = first.Save("v2", seed: 1);
        second.Save("v2", seed: 2);
        await first.Blobs.Publish("v2", Guard);

        var refused = await Assert.ThrowsAsync<ChatLoopException>(() => second.Blobs.Publish("v2", Guard));

        Assert.Equal(ErrorCode.Conflict, refused.Code);
        Assert.Contains("checkpoints/v2/manifest.json", refused.Message, StringComparison.Ordinal);
        await third.Blobs.Ensure("v2", Guard);
        third.AssertHas("v2", manifest);
    }

    [Fact]
    public async Task An_upload_that_was_cut_after_any_block_goes_on_with_the_missing_ones()
    {
        for (var cut = 1; cut <= 13; cut++)
        {
            using SiloWithBlobs train = new(server, $"{_container}-{cut}"), serve = new(server, $"{_container}-{cut}");
            var manifest = train.Save("v2", seed: cut);
            train.Network.CutAfterRequests(cut);
            await AssertCut(() => train.Blobs.Publish("v2", Guard));
            train.Network.Mend();
            Assert.False(await serve.Blobs.TryEnsure("v2", Guard));
            train.Restart();

            await train.Blobs.Publish("v2", Guard);

            // 1 block of the config, 4 of the weights, 2 of the tokenizer: none of them came twice.
            Assert.Equal(7, train.Network.Blocks.Count);
            Assert.Equal(7, train.Network.Blocks.Distinct().Count());
            await serve.Blobs.Ensure("v2", Guard);
            serve.AssertHas("v2", manifest);
        }
    }

    /// <summary>Any sizes, any cuts, on the way there and back: what arrives is whole, and nothing that arrived is sent again.</summary>
    [Fact]
    public async Task Any_cuts_end_in_a_whole_checkpoint()
    {
        var cases = 0;
        var cuts = Gen.Int[1, 9].Array[0, 3];
        await Gen.Select(Gen.Int[0, 4 * SiloWithBlobs.Block], cuts, Gen.Int[1, 4000].Array[0, 3]).SampleAsync(async (bytes, uploads, downloads) =>
        {
            var container = $"{_container}-{Interlocked.Increment(ref cases)}";
            using SiloWithBlobs train = new(server, container), serve = new(server, container);
            var manifest = train.Save("v2", seed: bytes, weightBytes: bytes);
            foreach (var cut in uploads)
            {
                train.Network.CutAfterRequests(cut);
                await TryOnce(() => train.Blobs.Publish("v2", Guard));
            }
            train.Network.Mend();
            await train.Blobs.Publish("v2", Guard);
            var blocks = 3 + (bytes + SiloWithBlobs.Block - 1) / SiloWithBlobs.Block;
            Assert.Equal((blocks, blocks), (train.Network.Blocks.Count, train.Network.Blocks.Distinct().Count()));

            foreach (var cut in downloads)
            {
                serve.Network.CutAfterBytes(cut);
                await TryOnce(() => serve.Blobs.Ensure("v2", Guard));
                serve.Restart();
            }
            serve.Network.Mend();
            await serve.Blobs.Ensure("v2", Guard);
            serve.AssertHas("v2", manifest);
        }, iter: 8, threads: 1);
    }

    [Fact]
    public async Task Two_publishers_of_the_same_send_it_once()
    {
        using SiloWithBlobs first = Silo(), second = Silo(), third = Silo();
        var manifest = first.Save("v2", seed: 1);
        second.Save("v2", seed: 1);

        await Task.WhenAll(first.Blobs.Publish("v2", Guard), second.Blobs.Publish("v2", Guard));

        Assert.Equal(7, first.Network.Blocks.Count + second.Network.Blocks.Count);
        await third.Blobs.Ensure("v2", Guard);
        third.AssertHas("v2", manifest);
    }

    [Fact]
    public async Task Of_two_publishers_of_different_checkpoints_one_wins_and_its_is_whole()
    {
        using SiloWithBlobs first = Silo(), second = Silo(), third = Silo();
        CheckpointManifest[] manifests = [first.Save("v2", seed: 1), second.Save("v2", seed: 2)];

        Exception?[] ends = await Task.WhenAll(new[] { first, second }.Select(s => Record.ExceptionAsync(() => s.Blobs.Publish("v2", Guard)).AsTask()));

        Assert.Equal(ErrorCode.Conflict, Assert.IsType<ChatLoopException>(Assert.Single(ends, e => e is not null)).Code);
        await third.Blobs.Ensure("v2", Guard);
        third.AssertHas("v2", manifests[Array.IndexOf(ends, null)]);
    }

    [Fact]
    public async Task A_local_file_that_was_changed_is_not_published()
    {
        using var silo = Silo();
        silo.Save("v2", seed: 1);
        var path = silo.PathOf("v2", "model.safetensors");
        var bytes = await File.ReadAllBytesAsync(path, Guard);
        bytes[500] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Guard);

        var error = await Assert.ThrowsAsync<ChatLoopException>(() => silo.Blobs.Publish("v2", Guard));

        Assert.Equal(ErrorCode.DamagedCheckpoint, error.Code);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.False(await silo.Container.GetBlobClient("checkpoints/v2/manifest.json").ExistsAsync(Guard));
    }

    [Fact]
    public async Task A_block_that_was_changed_on_its_way_is_refused_by_the_server()
    {
        using var silo = Silo();
        silo.Save("v2", seed: 1);
        silo.Network.Corrupt = true;

        await Assert.ThrowsAnyAsync<Azure.RequestFailedException>(() => silo.Blobs.Publish("v2", Guard));

        Assert.Empty(silo.Network.Blocks);
        silo.Network.Corrupt = false;
        await silo.Blobs.Publish("v2", Guard);
    }

    [Fact]
    public async Task A_server_that_was_stopped_is_gone_on_with_when_it_is_back()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v2", seed: 1);
        train.Network.CutAfterRequests(6);
        await AssertCut(() => train.Blobs.Publish("v2", Guard));
        train.Network.Mend();
        await server.Kill();

        var down = await Assert.ThrowsAsync<ChatLoopException>(() => train.Blobs.Publish("v2", Guard));
        await server.Start();
        await train.Blobs.Publish("v2", Guard);

        Assert.Equal(ErrorCode.Busy, down.Code);
        Assert.Contains("Checkpoints:ConnectionString", down.Message, StringComparison.Ordinal);
        Assert.Equal(7, train.Network.Blocks.Distinct().Count());
        await serve.Blobs.Ensure("v2", Guard);
        serve.AssertHas("v2", manifest);
    }

    [Fact]
    public async Task A_server_that_stands_still_is_given_up_and_gone_on_with()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v2", seed: 1);
        train.Network.Before = async asked =>
        {
            if (asked.StartsWith("PUT tokenizer.json", StringComparison.Ordinal)) await server.Halt();
        };

        var halted = await Assert.ThrowsAsync<ChatLoopException>(() => train.Blobs.Publish("v2", Guard));
        train.Network.Before = _ => Task.CompletedTask;
        await server.GoOn();
        await train.Blobs.Publish("v2", Guard);

        Assert.Equal(ErrorCode.Busy, halted.Code);
        await serve.Blobs.Ensure("v2", Guard);
        serve.AssertHas("v2", manifest);
    }

    private static async Task AssertCut(Func<Task> work)
    {
        var cut = await Assert.ThrowsAsync<ChatLoopException>(work);
        Assert.Equal(ErrorCode.Busy, cut.Code);
        Assert.Contains("the network was cut", cut.Message, StringComparison.Ordinal);
    }

    /// <summary>The cut may come too late.</summary>
    private static async Task TryOnce(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (ChatLoopException cut) when (cut.Code == ErrorCode.Busy)
        {
        }
    }
}
