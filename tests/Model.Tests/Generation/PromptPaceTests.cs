using ChatLoop.Model.Generation;

namespace ChatLoop.Model.Tests.Generation;

public sealed class PromptPaceTests
{
    [Fact]
    public void A_prompt_that_nobody_waits_for_runs_at_full_speed() => Assert.Equal(256, Observed().PromptTokens(decoding: 0));

    /// <summary>10 ms without, 1 ms for each prompt token: 15 of them make 25 ms.</summary>
    [Fact]
    public void Beside_answers_a_step_takes_two_and_a_half_times_its_time() => Assert.Equal(15, Observed().PromptTokens(decoding: 3));

    [Fact]
    public void Before_anything_is_known_and_however_slow_it_is_a_prompt_gets_on()
    {
        var slow = new PromptPace(256);
        Assert.Equal(4, slow.PromptTokens(decoding: 1));
        slow.Observe(0, TimeSpan.FromMilliseconds(1));
        slow.Observe(64, TimeSpan.FromMilliseconds(6400));
        Assert.Equal(4, slow.PromptTokens(decoding: 1));
        Assert.Equal(2, new PromptPace(2).PromptTokens(decoding: 1));
    }

    [Fact]
    public void One_slow_step_changes_little_and_a_lasting_change_is_followed()
    {
        var pace = Observed();
        pace.Observe(0, TimeSpan.FromMilliseconds(20));
        Assert.InRange(pace.PromptTokens(decoding: 1), 15, 17);
        for (var step = 0; step < 100; step++) pace.Observe(0, TimeSpan.FromMilliseconds(20));
        Assert.InRange(pace.PromptTokens(decoding: 1), 29, 30);
    }

    private static PromptPace Observed()
    {
        var pace = new PromptPace(256);
        pace.Observe(0, TimeSpan.FromMilliseconds(10));
        pace.Observe(100, TimeSpan.FromMilliseconds(110));
        return pace;
    }
}
