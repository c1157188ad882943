using ChatLoop.Grains.Tests.Cluster;

namespace ChatLoop.Grains.Tests.Feedback;

public sealed class FeedbackKindsOnPostgresTests(StoreServers servers) : FeedbackKindsTests
{
    protected override async Task<string?> Database() => await servers.Database();
}
