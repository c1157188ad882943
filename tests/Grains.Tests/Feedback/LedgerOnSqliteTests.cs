namespace ChatLoop.Grains.Tests.Feedback;

public sealed class LedgerOnSqliteTests : LedgerTests
{
    protected override Task<string?> Database() => Task.FromResult<string?>(null);
}
