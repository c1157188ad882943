using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.Silo.Hosting;

/// <summary>
/// The machine's clock, but never backwards: where that is set back, this one goes at half its speed until it is caught up. Orleans refuses
/// to activate grains when the date is before one that it has seen, and what was written later is to be dated later. Thread-safe.
/// </summary>
public sealed class SteadyClock(TimeProvider machine) : TimeProvider
{
    private readonly Lock _gate = new();
    private DateTimeOffset _last = machine.GetUtcNow();
    private long _lastAt = machine.GetTimestamp();

    /// <summary>In the place of the machine's own, which Orleans registers; not of one that a test gave.</summary>
    public static void Use(IServiceCollection services)
    {
        var known = services.LastOrDefault(s => s.ServiceType == typeof(TimeProvider) && !s.IsKeyedService);
        if (known is null || ReferenceEquals(known.ImplementationInstance, System)) services.AddSingleton<TimeProvider>(new SteadyClock(System));
    }

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;
    public override long TimestampFrequency => machine.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            var at = machine.GetTimestamp();
            var slowly = _last + (machine.GetElapsedTime(_lastAt, at) / 2);
            var date = machine.GetUtcNow();
            (_last, _lastAt) = (date > slowly ? date : slowly, at);
            return _last;
        }
    }

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);
}
