using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

public sealed class TrainingThreadTests
{
    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_runs_in_order_on_one_thread_that_is_not_the_callers()
    {
        using var thread = new TrainingThread(intraOpThreads: 1);
        var order = new List<int>();

        var threads = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => thread.Run(
            _ =>
            {
                order.Add(i);
                return Environment.CurrentManagedThreadId;
            }, Guard)));

        Assert.Equal([0, 1, 2, 3, 4], order);
        Assert.Single(threads.Distinct());
        Assert.NotEqual(Environment.CurrentManagedThreadId, threads[0]);
    }

    [Fact]
    public async Task A_failure_reaches_its_caller_and_the_thread_goes_on()
    {
        using var thread = new TrainingThread(intraOpThreads: 1);

        await Assert.ThrowsAsync<InvalidDataException>(() => thread.Run<int>(_ => throw new InvalidDataException("bad"), Guard));

        Assert.Equal(7, await thread.Run(_ => 7, Guard));
    }

    [Fact]
    public async Task Cancelled_work_ends_as_cancelled_and_waiting_work_never_starts()
    {
        using var thread = new TrainingThread(intraOpThreads: 1);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        using var started = new ManualResetEventSlim();
        var ran = false;
        var running = thread.Run(token =>
        {
            started.Set();
            token.WaitHandle.WaitOne();
            token.ThrowIfCancellationRequested();
            return 0;
        }, first.Token);
        var waiting = thread.Run(_ => ran = true, second.Token);
        started.Wait(Guard);

        await second.CancelAsync();
        await first.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(ran);
    }

    [Fact]
    public async Task Disposing_cancels_what_runs()
    {
        var thread = new TrainingThread(intraOpThreads: 1);
        using var started = new ManualResetEventSlim();
        var running = thread.Run(token =>
        {
            started.Set();
            token.WaitHandle.WaitOne();
            token.ThrowIfCancellationRequested();
            return 0;
        }, Guard);
        started.Wait(Guard);

        thread.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Throws<ObjectDisposedException>(() => { _ = thread.Run(_ => 0, Guard); });
    }
}
