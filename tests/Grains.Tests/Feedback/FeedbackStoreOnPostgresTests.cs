using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Feedback.Postgres;
using ChatLoop.Grains.Tests.Cluster;
using Npgsql;

namespace ChatLoop.Grains.Tests.Feedback;

public sealed class FeedbackStoreOnPostgresTests(StoreServers servers) : FeedbackStoreTests
{
    private NpgsqlDataSource? _source;

    protected override async Task<LedgerDatabase> Open()
    {
        _source ??= NpgsqlDataSource.Create(await servers.Database());
        await PostgresLedger.Migrate(_source, Reading.Guard);
        return new PostgresLedger(_source);
    }

    protected override async Task DeleteAll() => await _source!.DisposeAsync();
}
