namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>A clock whose date the test sets; timers run as always, but for those that the test lets end at once.</summary>
public sealed class ManualClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero).Ticks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    /// <summary>Timers of this length end at once.</summary>
    public TimeSpan? Skipped { get; set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime == Skipped ? TimeSpan.Zero : dueTime, period);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
