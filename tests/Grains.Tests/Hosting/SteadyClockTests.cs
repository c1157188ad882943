using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.Grains.Tests.Hosting;

public sealed class SteadyClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly Machine _machine = new();
    private readonly SteadyClock _clock;

    public SteadyClockTests() => _clock = new(_machine);

    [Fact]
    public void Goes_with_the_machine_and_jumps_forward_with_it()
    {
        _machine.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(Noon.AddSeconds(10), _clock.GetUtcNow());
        _machine.Set(Noon.AddHours(8));
        Assert.Equal(Noon.AddHours(8), _clock.GetUtcNow());
    }

    [Fact]
    public void Set_back_by_an_hour_it_goes_on_at_half_speed_until_it_is_right_again()
    {
        _machine.Set(Noon.AddHours(-1));
        Assert.Equal(Noon, _clock.GetUtcNow());
        _machine.Run(TimeSpan.FromMinutes(30));
        Assert.Equal(Noon.AddMinutes(15), _clock.GetUtcNow());
        _machine.Run(TimeSpan.FromMinutes(90));
        Assert.Equal(Noon.AddHours(1), _clock.GetUtcNow());
        _machine.Run(TimeSpan.FromMinutes(1));
        Assert.Equal(Noon.AddMinutes(61), _clock.GetUtcNow());
    }

    [Fact]
    public async Task Grains_of_a_silo_and_Orleans_itself_go_by_it()
    {
        await using var silo = await Cluster.ClusterSilo.Start();
        Assert.IsType<SteadyClock>(silo.Services.GetRequiredService<TimeProvider>());
    }

    /// <summary>A date and, beside it, time that only runs.</summary>
    private sealed class Machine : TimeProvider
    {
        private DateTimeOffset _date = Noon;
        private TimeSpan _ran;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Run(TimeSpan time)
        {
            _ran += time;
            _date += time;
        }

        public void Set(DateTimeOffset date) => _date = date;

        public override DateTimeOffset GetUtcNow() => _date;

        public override long GetTimestamp() => _ran.Ticks;
    }
}
