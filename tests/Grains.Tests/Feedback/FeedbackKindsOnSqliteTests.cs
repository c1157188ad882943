namespace ChatLoop.Grains.Tests.Feedback;

public sealed class FeedbackKindsOnSqliteTests : FeedbackKindsTests
{
    protected override Task<string?> Database() => Task.FromResult<string?>(null);
}
