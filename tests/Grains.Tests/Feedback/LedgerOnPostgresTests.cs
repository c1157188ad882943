using ChatLoop.Grains.Tests.Cluster;

namespace ChatLoop.Grains.Tests.Feedback;

public sealed class LedgerOnPostgresTests(StoreServers servers) : LedgerTests
{
    protected override async Task<string?> Database() => await servers.Database();
}
