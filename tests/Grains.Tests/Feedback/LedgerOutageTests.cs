using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Feedback.Postgres;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Stores;
using Npgsql;

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>PostgreSQL is killed, restarted or hangs: nothing is acknowledged that is not kept, and nothing is kept twice.</summary>
public sealed class LedgerOutageTests : IAsyncLifetime
{
    private PostgresServer _server = null!;
    private NpgsqlDataSource _source = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.Start();
        _source = NpgsqlDataSource.Create(await _server.CreateDatabase("Timeout=1;Command Timeout=1;Cancellation Timeout=100;"));
        await PostgresLedger.Migrate(_source, Reading.Guard);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Writers_outlast_a_kill_and_a_restart()
    {
        using var store = Open(TimeSpan.FromMinutes(1));
        var told = new FeedbackStatus[300];
        using var underWay = new CountdownEvent(50);
        var writing = Task.WhenAll(Enumerable.Range(0, 10).Select(writer => Task.Run(async () =>
        {
            for (var i = writer; i < told.Length; i += 10)
            {
                told[i] = await store.Record("ada", Submission.Thumb($"f{i}", $"t{i}", up: true), Submission.Context);
                if (!underWay.IsSet) underWay.Signal();
            }
        })));
        await Task.Run(() => underWay.Wait(Reading.Guard), Reading.Guard);
        await _server.Kill();
        await _server.Restart();
        await writing.WaitAsync(Reading.Guard);

        Assert.Equal(Enumerable.Range(1, 300).Select(i => (long)i), told.Select(t => t.Sequence).Order());
        Assert.Equal(told.OrderByDescending(t => t.Sequence), await store.List("ada"));
        Assert.Equal(await store.Recount(), await store.ReadCounts());
    }

    [Fact]
    public async Task Server_that_is_gone_is_said_so_to_all_who_wait_and_repeating_helps_once_it_is_back()
    {
        using var store = Open(TimeSpan.FromMilliseconds(200));
        await store.SetConsent("ada", granted: true);
        await _server.Kill();
        var calls = Enumerable.Range(0, 100).Select(i => Record(store, i)).ToArray();
        foreach (var call in calls) await Reading.Refuses(ErrorCode.Busy, () => call);
        await Reading.Refuses(ErrorCode.Busy, () => store.List("ada"));
        await Reading.Refuses(ErrorCode.Busy, store.ReadCounts);
        await _server.Restart();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Record(store, i)));
        Assert.Equal(100, (await store.List("ada")).Count);
        Assert.Equal(await store.Recount(), await store.ReadCounts());
    }

    /// <summary>The connection stays open and nothing answers: whether the event was kept is not known, and repeating it settles that.</summary>
    [Fact]
    public async Task Server_that_hangs_is_said_so_and_the_repeated_event_is_kept_once()
    {
        using var store = Open(TimeSpan.FromMilliseconds(200));
        await Record(store, 0);
        _server.Pause();
        await Reading.Refuses(ErrorCode.Busy, () => Record(store, 1));
        _server.Continue();
        var repeated = await Task.WhenAll(Record(store, 0), Record(store, 1), Record(store, 1));
        Assert.Equal([1, 2, 2], repeated.Select(r => r.Sequence));
        Assert.Equal(await store.Recount(), await store.ReadCounts());
    }

    private static Task<FeedbackStatus> Record(FeedbackStore store, int i) =>
        store.Record("ada", Submission.Thumb($"f{i}", $"t{i}", up: true), Submission.Context);

    private FeedbackStore Open(TimeSpan patience) => new(new PostgresLedger(_source, patience), new LearningSignal(), TimeProvider.System);
}
