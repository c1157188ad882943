using Azure.Storage.Blobs.Specialized;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints.Blobs;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>One writer of a checkpoint at a time, and none for ever.</summary>
public sealed class WriterLeaseTests(Azurite server) : IClassFixture<Azurite>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(15);
    private readonly string _container = Azurite.NewContainer();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private SiloWithBlobs Silo(TimeSpan wait) => new(server, _container, new()
    {
        BlockBytes = SiloWithBlobs.Block,
        Lease = Shortest,
        WaitForWriter = wait,
        Poll = TimeSpan.FromMilliseconds(200),
    });

    /// <summary>The lease of a dead process is held until it ends by itself: nobody renews it.</summary>
    [Fact]
    public async Task A_writer_that_died_keeps_others_out_until_its_lease_ends()
    {
        using SiloWithBlobs waits = Silo(TimeSpan.FromMinutes(5)), refuses = Silo(TimeSpan.Zero), serve = Silo(TimeSpan.Zero);
        var manifest = waits.Save("v2", seed: 1);
        refuses.Save("v2", seed: 1);
        await LeaveLease();

        var refused = await Assert.ThrowsAsync<ChatLoopException>(() => refuses.Blobs.Publish("v2", Guard));
        await waits.Blobs.Publish("v2", Guard);

        Assert.Equal(ErrorCode.Conflict, refused.Code);
        Assert.Contains("'v2'", refused.Message, StringComparison.Ordinal);
        await serve.Blobs.Ensure("v2", Guard);
        serve.AssertHas("v2", manifest);
    }

    /// <summary>A writer whose process stood still for longer than its lease notices when it goes on, and cannot spoil what the other wrote.</summary>
    [Fact]
    public async Task A_writer_that_lost_its_lease_stops()
    {
        using SiloWithBlobs slow = Silo(TimeSpan.Zero), fast = Silo(TimeSpan.Zero), serve = Silo(TimeSpan.Zero);
        slow.Save("v2", seed: 1);
        var manifest = fast.Save("v2", seed: 2);
        TaskCompletionSource reached = new(), go = new();
        slow.Network.Before = async asked =>
        {
            if (!asked.EndsWith("?blocklist", StringComparison.Ordinal)) return;
            reached.TrySetResult();
            await go.Task;
        };
        var publishing = slow.Blobs.Publish("v2", Guard);
        await reached.Task;
        await slow.Container.GetBlobClient("locks/v2").GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: Guard);

        await fast.Blobs.Publish("v2", Guard);
        go.SetResult();

        Assert.Equal(ErrorCode.Conflict, (await Assert.ThrowsAsync<ChatLoopException>(() => publishing)).Code);
        await serve.Blobs.Ensure("v2", Guard);
        serve.AssertHas("v2", manifest);
    }

    [Fact]
    public async Task A_lease_is_renewed_until_it_is_given_up()
    {
        using var silo = Silo(TimeSpan.Zero);
        await silo.Container.CreateIfNotExistsAsync(cancellationToken: Guard);
        var renewals = new SemaphoreSlim(0);
        silo.Network.Before = asked =>
        {
            if (asked == "PUT v2?lease") renewals.Release();
            return Task.CompletedTask;
        };
        var blob = silo.Container.GetBlobClient("locks/v2");
        await using (var lease = await WriterLease.TryAcquire(blob, Shortest, TimeProvider.System, Guard))
        {
            Assert.NotNull(lease);
            // The one that took it, and one that renewed it.
            for (var i = 0; i < 2; i++) await renewals.WaitAsync(Guard);
            Assert.Null(await WriterLease.TryAcquire(server.Container(_container).GetBlobClient("locks/v2"), Shortest, TimeProvider.System, Guard));
            Assert.False(lease.Lost.IsCancellationRequested);
        }
        await using var next = await WriterLease.TryAcquire(blob, Shortest, TimeProvider.System, Guard);
        Assert.NotNull(next);
    }

    private async Task LeaveLease()
    {
        var container = server.Container(_container);
        await container.CreateIfNotExistsAsync(cancellationToken: Guard);
        var blob = container.GetBlobClient("locks/v2");
        await blob.UploadAsync(BinaryData.Empty, Guard);
        await blob.GetBlobLeaseClient().AcquireAsync(Shortest, cancellationToken: Guard);
    }
}
