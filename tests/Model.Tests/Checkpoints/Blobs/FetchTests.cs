using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>What a silo has after a fetch is what was published, or the fetch says which blob is not.</summary>
public sealed class FetchTests(Azurite server) : IClassFixture<Azurite>
{
    private const string Weights = "model.safetensors";
    private readonly string _container = Azurite.NewContainer();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private SiloWithBlobs Silo() => new(server, _container);

    [Fact]
    public async Task A_download_that_was_cut_goes_on_where_it_was()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v2", seed: 1, weightBytes: 40_000);
        await train.Blobs.Publish("v2", Guard);
        serve.Network.CutAfterBytes(15_000);

        var cut = await Assert.ThrowsAsync<ChatLoopException>(() => serve.Blobs.Ensure("v2", Guard));
        Assert.Equal(ErrorCode.Busy, cut.Code);
        Assert.False(serve.Store.Exists("v2"));
        serve.Network.Mend();
        serve.Restart();
        await serve.Blobs.Ensure("v2", Guard);

        serve.AssertHas("v2", manifest);
        // All files once, and the manifest, which is read anew by each try.
        var once = manifest.Files.Values.Sum(f => f.Length);
        Assert.InRange(serve.Network.Downloaded, once, once + 2_000);
    }

    /// <summary>A power cut may leave zeros where the file system had promised room.</summary>
    [Fact]
    public async Task Bytes_that_an_earlier_try_tore_are_fetched_again()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v2", seed: 1);
        await train.Blobs.Publish("v2", Guard);
        serve.Network.CutAfterBytes(2_500);
        await Assert.ThrowsAsync<ChatLoopException>(() => serve.Blobs.Ensure("v2", Guard));
        var part = Path.Combine(serve.Store.Root, ".fetching-v2", Weights);
        await File.WriteAllBytesAsync(part, new byte[new FileInfo(part).Length], Guard);
        serve.Network.Mend();

        await serve.Blobs.Ensure("v2", Guard);

        serve.AssertHas("v2", manifest);
    }

    [Theory]
    [InlineData("flipped", "expected SHA-256")]
    [InlineData("shorter", "expected 4096 bytes, found 4000")]
    [InlineData("missing", "it is missing")]
    public async Task A_damaged_blob_is_named_and_nothing_of_it_is_kept(string damage, string reason)
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v2", seed: 1);
        await train.Blobs.Publish("v2", Guard);
        var name = $"checkpoints/v2/{Weights}.{manifest.Files[Weights].Sha256}";
        var blob = train.Container.GetBlobClient(name);
        var bytes = (await blob.DownloadContentAsync(Guard)).Value.Content.ToArray();
        bytes[2000] ^= 1;
        if (damage == "missing") await blob.DeleteAsync(cancellationToken: Guard);
        else await blob.UploadAsync(BinaryData.FromBytes(damage == "flipped" ? bytes : bytes[..4000]), overwrite: true, Guard);

        foreach (var _ in (int[])[1, 2])
        {
            var error = await Assert.ThrowsAsync<ChatLoopException>(() => serve.Blobs.Ensure("v2", Guard));
            Assert.Equal(ErrorCode.DamagedCheckpoint, error.Code);
            Assert.Contains($"{_container}/{name}", error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.False(serve.Store.Exists("v2"));
        }

        // A silo that has it mends it, unless only its bytes tell, which are read by no one who publishes.
        if (damage == "flipped") return;
        await train.Blobs.Publish("v2", Guard);
        await serve.Blobs.Ensure("v2", Guard);
        serve.AssertHas("v2", manifest);
    }

    [Fact]
    public async Task A_checkpoint_that_nobody_published_is_named()
    {
        using var serve = Silo();
        Assert.False(await serve.Blobs.TryEnsure("v2", Guard));
        var error = await Assert.ThrowsAsync<ChatLoopException>(() => serve.Blobs.Ensure("v2", Guard));
        Assert.Equal(ErrorCode.DamagedCheckpoint, error.Code);
        Assert.Contains($"{_container}/checkpoints/v2/manifest.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_local_file_that_was_damaged_is_replaced_and_only_that_one()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v2", seed: 1);
        await train.Blobs.Publish("v2", Guard);
        await serve.Blobs.Ensure("v2", Guard);
        var path = serve.PathOf("v2", "tokenizer.json");
        await File.WriteAllBytesAsync(path, new byte[new FileInfo(path).Length], Guard);
        serve.Restart();
        var before = serve.Network.Downloaded;

        await serve.Blobs.Ensure("v2", Guard);

        serve.AssertHas("v2", manifest);
        Assert.InRange(serve.Network.Downloaded - before, manifest.Files["tokenizer.json"].Length, 3_000);
    }

    /// <summary>A silo that died before it published comes back, and another one had made the checkpoint meanwhile.</summary>
    [Fact]
    public async Task What_was_published_takes_the_place_of_what_was_not()
    {
        using SiloWithBlobs late = Silo(), train = Silo();
        late.Save("v2", seed: 2);
        var manifest = train.Save("v2", seed: 1);
        await train.Blobs.Publish("v2", Guard);

        await late.Blobs.Ensure("v2", Guard);

        late.AssertHas("v2", manifest);
    }

    [Fact]
    public async Task What_was_saved_before_there_was_a_container_is_published_when_it_is_needed()
    {
        using SiloWithBlobs old = Silo(), added = Silo();
        var manifest = old.Save("v2", seed: 1);
        Assert.True(await old.Blobs.TryEnsure("v2", Guard));
        await added.Blobs.Ensure("v2", Guard);
        added.AssertHas("v2", manifest);
    }

    /// <summary>Serving what a silo has must not depend on a server elsewhere.</summary>
    [Fact]
    public async Task A_silo_that_has_it_needs_no_server()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        train.Save("v2", seed: 1);
        await train.Blobs.Publish("v2", Guard);
        await serve.Blobs.Ensure("v2", Guard);
        foreach (var silo in (SiloWithBlobs[])[train, serve])
        {
            silo.Network.CutAfterRequests(0);
            silo.Restart();
            await silo.Blobs.Ensure("v2", Guard);
        }
    }
}
