using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.Tests.Pretraining;

public sealed class CoolDownScheduleTests
{
    private readonly CoolDownSchedule _schedule = new(Peak: 2e-3, WarmUp: 100, CoolDownStart: 600, End: 1000, Final: 0.1);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(50, 1e-3)]
    [InlineData(100, 2e-3)]
    [InlineData(599, 2e-3)]
    [InlineData(700, 2e-3 * (0.1 + 0.9 * 0.8535533905932737))] // (1 + cos(pi / 4)) / 2
    [InlineData(800, 2e-3 * 0.55)] // (1 + cos(pi / 2)) / 2 = 0.5
    [InlineData(1000, 2e-4)]
    [InlineData(2000, 2e-4)]
    public void It_warms_up_stays_and_falls_by_half_a_cosine(long tokens, double expected) => Assert.Equal(expected, _schedule.At(tokens), 1e-12);
}
