using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Tests.Statistics;

/// <summary>Against Wald (1945): boundaries, error rates and the average number of trials.</summary>
public sealed class SequentialProbabilityRatioTests
{
    private static readonly SequentialProbabilityRatio Test = new(0.5, 0.4, WronglyFirst: 0.05, WronglySecond: 0.05);

    [Fact]
    public void Boundaries_are_those_of_Wald()
    {
        // ln(0.95 / 0.05) = ln 19.
        Assert.Equal(2.944439, Test.FirstAt, 6);
        Assert.Equal(-2.944439, Test.SecondAt, 6);
        // ln(0.5 / 0.4) and ln(0.5 / 0.6).
        Assert.Equal(0.223144, Test.LogRatio(1, 0), 6);
        Assert.Equal(-0.182322, Test.LogRatio(0, 1), 6);
    }

    [Theory]
    [InlineData(14, 0, SequentialVerdict.First)]
    [InlineData(13, 0, SequentialVerdict.Undecided)]
    [InlineData(0, 17, SequentialVerdict.Second)]
    [InlineData(0, 16, SequentialVerdict.Undecided)]
    [InlineData(0, 0, SequentialVerdict.Undecided)]
    public void Runs_of_one_kind_decide_when_their_sum_reaches_the_boundary(int successes, int failures, SequentialVerdict verdict) =>
        Assert.Equal(verdict, Test.Judge(successes, failures));

    /// <summary>
    /// 4,000 tests each: the error rates stay under the promised ones although every trial is looked at, and the mean length is near
    /// Wald's approximation, which leaves out by how much the last step passes the boundary.
    /// </summary>
    [Theory]
    [InlineData(0.5, SequentialVerdict.Second, 130)]
    [InlineData(0.4, SequentialVerdict.First, 132)]
    public void Looking_after_each_trial_errs_no_more_often_than_promised(double chance, SequentialVerdict wrong, double wald)
    {
        const int Tests = 4000;
        var random = new Random(7);
        int errors = 0, trials = 0;
        for (var i = 0; i < Tests; i++)
        {
            int successes = 0, failures = 0;
            while (Test.Judge(successes, failures) == SequentialVerdict.Undecided)
            {
                if (random.NextDouble() < chance) successes++;
                else failures++;
            }
            if (Test.Judge(successes, failures) == wrong) errors++;
            trials += successes + failures;
        }
        // 0.05 / 0.95 at most, by Wald's inequality; three deviations of 4,000 tests are 0.01.
        Assert.True(errors < Tests * (0.05 / 0.95 + 0.01), $"{errors} of {Tests} were wrong.");
        Assert.InRange((double)trials / Tests, wald * 0.95, wald * 1.15);
    }
}
