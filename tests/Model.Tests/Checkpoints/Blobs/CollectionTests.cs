using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>What nobody needs goes; what somebody may need never goes half.</summary>
public sealed class CollectionTests(Azurite server) : IClassFixture<Azurite>
{
    private static readonly HashSet<string> Nothing = [];
    private readonly string _container = Azurite.NewContainer();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private SiloWithBlobs Silo() => new(server, _container);

    [Fact]
    public async Task Retired_versions_go_and_all_others_stay()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        foreach (var version in (int[])[1, 2, 3, 4])
        {
            train.Save($"v{version}", seed: version);
            await train.Blobs.Publish($"v{version}", Guard);
        }
        foreach (var version in (string[])["v1", "v2", "v4"]) await train.Blobs.Retire(version, Guard);

        Assert.Empty((await serve.Blobs.Collect(Nothing, TimeSpan.FromHours(1), Guard)).Checkpoints);
        var collected = await serve.Blobs.Collect(new HashSet<string> { "v2" }, TimeSpan.Zero, Guard);

        Assert.Equal(["v1", "v4"], collected.Checkpoints);
        var left = await serve.Listed();
        Assert.Equal(8, left.Count);
        Assert.All((string[])["v2", "v3"], v => Assert.Contains($"checkpoints/{v}/manifest.json", left.Keys));
        await Assert.ThrowsAsync<ChatLoopException>(() => serve.Blobs.Ensure("v1", Guard));
        await serve.Blobs.Ensure("v2", Guard);
    }

    [Fact]
    public async Task Retiring_what_is_not_there_says_so()
    {
        using var silo = Silo();
        var error = await Assert.ThrowsAsync<ChatLoopException>(() => silo.Blobs.Retire("v9", Guard));
        Assert.Contains("checkpoints/v9/manifest.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_is_published_again_is_needed_again()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v1", seed: 1);
        await train.Blobs.Publish("v1", Guard);
        await train.Blobs.Retire("v1", Guard);
        await train.Blobs.Publish("v1", Guard);

        Assert.Empty((await train.Blobs.Collect(Nothing, TimeSpan.Zero, Guard)).Checkpoints);
        await serve.Blobs.Ensure("v1", Guard);
        serve.AssertHas("v1", manifest);
    }

    [Fact]
    public async Task A_fetch_beside_the_collection_fails_clearly_and_keeps_nothing()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        train.Save("v1", seed: 1);
        await train.Blobs.Publish("v1", Guard);
        await train.Blobs.Retire("v1", Guard);
        serve.Network.Before = async asked =>
        {
            // The manifest was read, and the first file.
            if (asked.StartsWith("GET model.safetensors", StringComparison.Ordinal)) await train.Blobs.Collect(Nothing, TimeSpan.Zero, Guard);
        };

        var error = await Assert.ThrowsAsync<ChatLoopException>(() => serve.Blobs.Ensure("v1", Guard));

        Assert.Equal(ErrorCode.DamagedCheckpoint, error.Code);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
        Assert.False(serve.Store.Exists("v1"));
    }

    /// <summary>The collector stands still at any of its deletes until a publisher, whom its lease no longer keeps out, is done.</summary>
    [Theory]
    [InlineData("manifest.json")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public async Task A_publisher_beside_the_collection_ends_with_all_or_nothing(string file)
    {
        using SiloWithBlobs train = Silo(), collector = Silo(), serve = Silo();
        var manifest = train.Save("v1", seed: 1);
        await train.Blobs.Publish("v1", Guard);
        await train.Blobs.Retire("v1", Guard);
        var done = false;
        collector.Network.Before = async asked =>
        {
            if (done || !asked.StartsWith($"DELETE {file}", StringComparison.Ordinal)) return;
            done = true;
            var locks = Azure.Storage.Blobs.Specialized.SpecializedBlobExtensions.GetBlobLeaseClient(train.Container.GetBlobClient("locks/v1"));
            await locks.BreakAsync(TimeSpan.Zero, cancellationToken: Guard);
            await train.Blobs.Publish("v1", Guard);
        };

        await collector.Blobs.Collect(Nothing, TimeSpan.Zero, Guard);

        Assert.True(done);
        await serve.Blobs.Ensure("v1", Guard);
        serve.AssertHas("v1", manifest);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(12)]
    public async Task A_cut_upload_goes_once_it_is_old(int requests)
    {
        using var train = Silo();
        train.Save("v1", seed: 1);
        train.Network.CutAfterRequests(requests);
        await Assert.ThrowsAsync<ChatLoopException>(() => train.Blobs.Publish("v1", Guard));
        train.Network.Mend();
        var left = await train.Listed();
        Assert.NotEmpty(left);

        await train.Blobs.Collect(Nothing, TimeSpan.FromHours(1), Guard);
        Assert.Equal(left, await train.Listed());
        // Times of the server are of whole seconds.
        var collected = await train.Blobs.Collect(Nothing, TimeSpan.FromSeconds(-2), Guard);

        Assert.Equal((0, left.Count), (collected.Checkpoints.Count, collected.Unfinished));
        Assert.Empty(await train.Listed());
        await train.Blobs.Publish("v1", Guard);
    }

    [Fact]
    public async Task Blobs_of_a_refused_publisher_go_and_the_winners_stay()
    {
        using SiloWithBlobs train = Silo(), serve = Silo();
        var manifest = train.Save("v1", seed: 1);
        await train.Blobs.Publish("v1", Guard);
        await train.Container.GetBlobClient($"checkpoints/v1/model.safetensors.{new string('0', 64)}").UploadAsync(BinaryData.FromString("other"), Guard);

        Assert.Equal(1, (await train.Blobs.Collect(Nothing, TimeSpan.FromSeconds(-2), Guard)).Unfinished);

        await serve.Blobs.Ensure("v1", Guard);
        serve.AssertHas("v1", manifest);
    }
}
