using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Rewards;

/// <summary>What a reward model learns when some raters say the opposite of the others, out of malice or because they want it.</summary>
public sealed class OpposedRaterTrainingTests : IDisposable
{
    private static readonly RewardModelOptions Options = new() { Epochs = 6, LearningRate = 2e-3, HeadLearningRate = 5e-3, Folds = 3 };
    private readonly TransformerWeights _policy = LetterPolicy.Weights(3);
    private readonly TrainingWorkers _workers = new(2, 1);

    /// <summary>Two of ten flip every vote: they are doubted, nobody else is, and fresh votes are predicted as without them.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void A_fifth_of_adversarial_raters_does_no_harm(int seed)
    {
        var votes = RatedLetters.ByRaters(seed, friends: 8, opponents: 2, noise: 0, perRater: 12);

        var (attacked, quality) = Train(votes, seed);
        var (honest, _) = Train([.. votes.Where(v => RatedLetters.NumberOf(v.RaterId) < 8)], seed);

        TestContext.Current.SendDiagnosticMessage($"accuracy {attacked:0.000}, without them {honest:0.000}; {quality.DoubtedRaters} doubted; {quality.Camps}");
        Assert.Equal(2, quality.DoubtedRaters);
        Assert.True(attacked > honest - 0.05, $"accuracy {attacked}, without adversaries {honest}");
    }

    [Theory, InlineData(1), InlineData(2)]
    public void The_larger_camp_is_learned_from_and_measured_and_the_smaller_one_reported(int seed)
    {
        var (accuracy, quality) = Train(RatedLetters.ByRaters(seed, friends: 7, opponents: 3, noise: 0, perRater: 12), seed);

        TestContext.Current.SendDiagnosticMessage($"accuracy {accuracy:0.000}, held-out {quality.HeldOutAccuracy:0.000}; {quality.Camps}");
        Assert.NotNull(quality.Camps);
        Assert.Equal(0.3, quality.Camps.Other.Share, 1e-9);
        Assert.True(quality.Camps.Followed.Accuracy > 0.75 && quality.Camps.Other.Accuracy < 0.25, $"{quality.Camps}");
        Assert.Equal(84, quality.HeldOutPairs);
        Assert.True(quality.HeldOutAccuracy > 0.75 && accuracy > 0.75, $"{quality.HeldOutAccuracy}, {accuracy}");
    }

    /// <returns>The model's accuracy on fresh votes of raters who like question marks.</returns>
    private (double Accuracy, RewardModelQuality Quality) Train(IReadOnlyList<Judgement> training, int seed)
    {
        var (model, quality) = new RewardModelTrainer(Options, LetterPolicy.Rollouts, _workers).Train(
            _policy, training, [], seed, (_, _, _) => { }, TestContext.Current.CancellationToken);
        using (model) return (RatedLetters.Accuracy(model), quality);
    }

    public void Dispose()
    {
        _workers.Dispose();
        _policy.Dispose();
    }
}
