namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>Ends a test that waits for what never comes. Far longer than any wait takes on a busy machine.</summary>
public static class HangGuard
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Cancelled when the test is, or when the limit is over.</summary>
    public static CancellationToken Token
    {
        get
        {
            var test = TestContext.Current;
            return ((CancellationTokenSource)test.KeyValueStorage.GetOrAdd($"hang guard of {test.Test?.UniqueID}", _ => Start(test.CancellationToken))!).Token;
        }
    }

    private static CancellationTokenSource Start(CancellationToken testCancelled)
    {
        var guard = CancellationTokenSource.CreateLinkedTokenSource(testCancelled);
        guard.CancelAfter(Limit);
        return guard;
    }
}
