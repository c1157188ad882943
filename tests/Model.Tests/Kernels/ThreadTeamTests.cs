using ChatLoop.Model.Kernels;

namespace ChatLoop.Model.Tests.Kernels;

public sealed class ThreadTeamTests
{
    private sealed class Counting(int parts) : ITeamJob
    {
        private readonly int[] _done = new int[parts];
        private readonly int[] _busy = new int[8];

        public IReadOnlyList<int> Done => _done;
        public int Shared { get; private set; }
        public int? FailsAt { get; init; }

        public void Execute(int part, int worker)
        {
            if (Interlocked.Increment(ref _busy[worker]) != 1) Shared++;
            Interlocked.Increment(ref _done[part]);
            if (part == FailsAt) throw new InvalidOperationException($"part {part} failed");
            Interlocked.Decrement(ref _busy[worker]);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(2, 1)]
    [InlineData(2, 0)]
    [InlineData(2, 64)]
    [InlineData(4, 3)]
    [InlineData(4, 33)]
    public void Every_part_runs_once_in_every_job(int threads, int parts)
    {
        using var team = new ThreadTeam(threads);
        var job = new Counting(parts);
        const int Jobs = 300;

        for (var i = 1; i <= Jobs; i++)
        {
            team.Run(job, parts);
            // The job has ended when Run returns, not only been handed out.
            Assert.All(job.Done, done => Assert.Equal(i, done));
        }

        Assert.Equal(0, job.Shared);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_a_part_throws_reaches_the_caller_and_the_team_goes_on(int threads)
    {
        using var team = new ThreadTeam(threads);
        var error = Assert.Throws<InvalidOperationException>(() => team.Run(new Counting(20) { FailsAt = 11 }, 20));
        Assert.Equal("part 11 failed", error.Message);

        var next = new Counting(20);
        team.Run(next, 20);
        Assert.All(next.Done, done => Assert.Equal(1, done));
    }

    /// <summary>Sleeping workers are woken: the first part cannot end before another thread has begun the second.</summary>
    [Fact]
    public void Sleeping_workers_wake_up()
    {
        using var team = new ThreadTeam(2);
        for (var i = 0; i < 20; i++)
        {
            SpinWait.SpinUntil(() => team.Sleeping == 1);
            team.Run(new Meeting(), 2);
        }
    }

    [Fact]
    public void A_disposed_team_has_no_threads_and_runs_nothing()
    {
        var team = new ThreadTeam(3);
        team.Run(new Counting(9), 9);
        team.Dispose();
        team.Dispose();
        Assert.Equal(0, team.Alive);
        Assert.Throws<ObjectDisposedException>(() => team.Run(new Counting(1), 1));
    }

    /// <summary>Neither part ends before both have begun.</summary>
    private sealed class Meeting : ITeamJob
    {
        private int _missing = 2;

        public void Execute(int part, int worker)
        {
            Interlocked.Decrement(ref _missing);
            while (Volatile.Read(ref _missing) > 0) Thread.Yield();
        }
    }
}
