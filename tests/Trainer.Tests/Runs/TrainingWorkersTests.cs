using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

public sealed class TrainingWorkersTests
{
    /// <summary>The barrier opens only when two pieces are inside at once.</summary>
    [Fact]
    public void Two_workers_run_two_pieces_at_the_same_time()
    {
        using var workers = new TrainingWorkers(count: 2, intraOpThreads: 1);
        using var barrier = new Barrier(2);
        var token = TestContext.Current.CancellationToken;

        workers.Run(() => barrier.SignalAndWait(token), () => barrier.SignalAndWait(token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_piece_runs_once(int count)
    {
        using var workers = new TrainingWorkers(count, intraOpThreads: 1);
        var runs = new int[20];

        workers.Run([.. runs.Select((_, i) => (Action)(() => Interlocked.Increment(ref runs[i])))]);

        Assert.All(runs, r => Assert.Equal(1, r));
    }

    [Fact]
    public void A_failure_is_thrown_once_all_pieces_have_ended()
    {
        using var workers = new TrainingWorkers(count: 2, intraOpThreads: 1);
        var ended = 0;

        Assert.Throws<InvalidDataException>(() => workers.Run(
            () => throw new InvalidDataException("bad"), () => Interlocked.Increment(ref ended), () => Interlocked.Increment(ref ended)));

        Assert.Equal(2, ended);
    }
}
