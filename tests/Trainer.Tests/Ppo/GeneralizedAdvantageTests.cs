using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>Numbers: rl_vectors, section 4.</summary>
public sealed class GeneralizedAdvantageTests
{
    private static readonly double[] Rewards = [-0.01, 0.01, -0.02, 1.48], Values = [0.5, 0.6, 0.4, 0.9];

    public static TheoryData<double, double, double[], double[]> WorkedExamples() => new()
    {
        { 1, 0.95, [0.839977, 0.78945, 1.031, 0.58], [1.339977, 1.38945, 1.431, 1.48] },
        { 0.99, 0.9, [0.695326, 0.686112, 0.98778, 0.58], [1.195326, 1.286112, 1.38778, 1.48] },
        { 1, 1, [0.96, 0.87, 1.06, 0.58], [1.46, 1.47, 1.46, 1.48] },
        { 1, 0, [0.09, -0.19, 0.48, 0.58], [0.59, 0.41, 0.88, 1.48] },
    };

    [Theory]
    [MemberData(nameof(WorkedExamples))]
    public void Equals_the_worked_example(double gamma, double lambda, double[] advantages, double[] returns)
    {
        var actual = GeneralizedAdvantage.Estimate(Rewards, Values, gamma, lambda);

        Near.Equal(advantages, actual.Advantages);
        Near.Equal(returns, actual.Returns);
    }

    [Fact]
    public void A_cut_episode_bootstraps_from_the_last_value()
    {
        var actual = GeneralizedAdvantage.Estimate([0.5, 0.5], [1.0, 1.0], 1, 0.95, bootstrap: 2);

        Near.Equal([1.925, 1.5], actual.Advantages);
        Near.Equal([2.925, 2.5], actual.Returns);
    }

    /// <summary>Neither the reward 9.9 nor the value 7.7 of the token that the policy did not choose leaks.</summary>
    [Fact]
    public void Tokens_of_others_are_passed_over()
    {
        var actual = GeneralizedAdvantage.Estimate([0.1, 9.9, 1.0], [0.3, 7.7, 0.5], 1, 0.95, [true, false, true]);

        Near.Equal([0.775, 0, 0.5], actual.Advantages);
    }
}
