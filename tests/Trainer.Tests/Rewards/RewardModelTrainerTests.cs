using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Rewards;

/// <summary>What a reward model makes of judgements by a rater who likes question marks, on a tiny random model.</summary>
public sealed class RewardModelTrainerTests : IDisposable
{
    private static readonly RewardModelOptions Options = new() { Epochs = 6, LearningRate = 2e-3, HeadLearningRate = 5e-3, Folds = 3 };
    /// <summary>More folds than prompts: no cross-validation, so all epochs.</summary>
    private static readonly RewardModelOptions AllEpochs = Options with { Folds = 1000 };
    private readonly TransformerWeights _policy = LetterPolicy.Weights(3);
    private readonly TrainingWorkers _workers = new(2, 1);

    public static TheoryData<JudgementKind> Comparisons =>
        [JudgementKind.Pair, JudgementKind.Ranking, JudgementKind.Correction, JudgementKind.Demonstration];

    [Theory, MemberData(nameof(Comparisons))]
    public void Every_kind_of_comparison_teaches(JudgementKind kind)
    {
        using var model = Train([.. Enumerable.Range(0, 48).Select(i => RatedLetters.Comparison(kind, i))], AllEpochs).Model;

        Assert.True(RatedLetters.Accuracy(model) > 0.85, $"accuracy {RatedLetters.Accuracy(model)}");
    }

    /// <summary>Comparisons without a preference, so that only the pointwise judgements can teach it.</summary>
    [Theory]
    [InlineData(JudgementKind.Thumb)]
    [InlineData(JudgementKind.Rating)]
    public void Pointwise_kinds_teach_what_comparisons_leave_open(JudgementKind kind)
    {
        Judgement[] ties = [.. Enumerable.Range(0, 48).Select(i => RatedLetters.Tie(i))];
        Judgement[] pointwise = [.. Enumerable.Range(0, 96).Select(i => RatedLetters.Pointwise(kind, i))];

        using var model = Train([.. ties, .. pointwise], AllEpochs).Model;

        Assert.True(RatedLetters.Accuracy(model) > 0.7, $"accuracy {RatedLetters.Accuracy(model)}");
    }

    /// <summary>What makes the spread worth a penalty: it is larger where nothing was judged.</summary>
    [Fact]
    public void Heads_disagree_more_about_answers_unlike_those_that_were_judged()
    {
        using var model = Train([.. Enumerable.Range(0, 48).Select(i => RatedLetters.Comparison(JudgementKind.Pair, i))], AllEpochs).Model;
        model.LevelHeads(RatedLetters.Estimates(model, [.. Enumerable.Range(0, 48).Select(i => RatedLetters.Answer(i, 1 + i % 2, "", i % 2 == 0 ? "?" : ""))]));

        double SpreadOf(string before) =>
            RatedLetters.Estimates(model, [.. Enumerable.Range(500, 48).Select(i => RatedLetters.Answer(i, 1 + i % 2, before, i % 2 == 0 ? "?" : ""))]).Average(e => e.Spread);
        var (like, unlike) = (SpreadOf(""), SpreadOf("KLMNOPQRSTUV 0123456789 KLMNOPQRSTUV"));

        Assert.True(unlike > 1.2 * like, $"spread {like} on answers like those, {unlike} on others");
    }

    /// <summary>One of five raters says the opposite of what he thinks.</summary>
    [Fact]
    public void A_fifth_of_adversarial_raters_is_found_and_does_no_harm()
    {
        Judgement[] pairs =
            [.. Enumerable.Range(0, 100).Select(i => RatedLetters.Comparison(JudgementKind.Pair, i, $"rater {i % 5}", adversarial: i % 5 == 4))];

        var (model, quality) = Train(pairs);

        using (model) Assert.True(RatedLetters.Accuracy(model) > 0.9, $"accuracy {RatedLetters.Accuracy(model)}");
        Assert.Equal(1, quality.DoubtedRaters);
    }

    /// <summary>
    /// The settings of the product, 80 votes of which a quarter are mistakes: most of what there is to know is known.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Few_votes_with_mistakes_teach_the_taste(int seed)
    {
        using var model = Train(RatedLetters.ByRaters(seed, friends: 4, opponents: 0, noise: 0, perRater: 20, mistakes: 0.25), new RewardModelOptions()).Model;

        Assert.True(RatedLetters.Accuracy(model) > 0.8, $"accuracy {RatedLetters.Accuracy(model)}");
    }

    /// <summary>Length is what this rater wants: it stays in the reward, and is reported.</summary>
    [Fact]
    public void A_rater_who_likes_long_answers_gets_them()
    {
        var (model, quality) = Train([.. Enumerable.Range(0, 80).Select(RatedLetters.LongerIsBetter)]);

        model.Dispose();
        Assert.False(quality.LengthCorrected);
        Assert.True(quality.LengthCorrelation > 0.5, $"correlation {quality.LengthCorrelation}");
        Assert.True(quality.HeldOutAccuracy > 0.75, $"accuracy {quality.HeldOutAccuracy}");
    }

    [Fact]
    public void Quality_tells_every_kind_and_how_far_to_believe_it()
    {
        Judgement[] mixed =
        [
            .. Enumerable.Range(0, 48).Select(i => RatedLetters.Comparison(i % 2 == 0 ? JudgementKind.Pair : JudgementKind.Correction, i / 2)),
            .. Enumerable.Range(100, 24).Select(i => RatedLetters.Pointwise(JudgementKind.Rating, i)),
        ];

        var (model, quality) = Train(mixed);

        model.Dispose();
        Assert.Equal([JudgementKind.Pair, JudgementKind.Rating, JudgementKind.Correction], quality.ByKind.Select(k => k.Kind));
        // Corrections are no evidence for the gate.
        Assert.Equal(24, quality.HeldOutPairs);
        Assert.Equal(24, quality.Calibration.Sum(b => b.Count));
    }

    /// <summary>Chosen for being hard: to count them would say less of the model than it is worth on the policy's answers.</summary>
    [Fact]
    public void Chosen_pairs_teach_and_measure_nothing()
    {
        Judgement[] pairs = [.. Enumerable.Range(0, 48).Select(i => RatedLetters.Comparison(JudgementKind.Pair, i) with { IsChosen = i % 4 != 0 })];

        var (model, quality) = Train(pairs);

        using (model) Assert.True(RatedLetters.Accuracy(model) > 0.85, $"accuracy {RatedLetters.Accuracy(model)}");
        Assert.Equal(12, quality.HeldOutPairs);
        Assert.Equal(12, quality.Calibration.Sum(b => b.Count));
    }

    private (RewardModel Model, RewardModelQuality Quality) Train(IReadOnlyList<Judgement> training, RewardModelOptions? options = null) =>
        new RewardModelTrainer(options ?? Options, LetterPolicy.Rollouts, _workers).Train(
            _policy, training, [], seed: 1, (_, _, _) => { }, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _workers.Dispose();
        _policy.Dispose();
    }
}
