using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Comments;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Rewards.Comments;

/// <summary>What is read in words, on a tiny random model that has to learn them from nothing.</summary>
public sealed class CommentReaderTests : IDisposable
{
    private static readonly RewardModelOptions Options = new() { Epochs = 6, CommentEpochs = 24, LearningRate = 2e-3, HeadLearningRate = 5e-3, Folds = 3 };
    private readonly TransformerWeights _policy = LetterPolicy.Weights(3);
    private readonly TrainingWorkers _workers = new(2, 1);

    /// <summary>Ties say nothing about question marks, nor do thumbs for something else: the rest is in words alone.</summary>
    [Fact]
    public void Comments_alone_raise_accuracy_on_unseen_answers()
    {
        List<(double Without, double With)> accuracies = [];
        for (var seed = 1; seed <= 3; seed++)
        {
            var first = seed * 10_000;
            Judgement[] ties = [.. Enumerable.Range(first, 48).Select(RatedLetters.Tie)];
            CommentedAnswer[] worded = [.. Enumerable.Range(first + 100, 24).Select(i => WordedLetters.Comment(i, isVerdictGiven: true, aboutOther: true))];
            CommentedAnswer[] alone = [.. Enumerable.Range(first + 200, 120).Select(i => WordedLetters.Comment(i, isVerdictGiven: false))];
            Judgement[] without = [.. ties, .. worded.Select(w => w.Verdict!)];

            var (judgements, reading) = Read([.. worded, .. alone], seed);

            Assert.Equal(120, reading.Read);
            Assert.InRange(reading.Accuracy, 0.8, 1);
            accuracies.Add((AccuracyOf(without, seed), AccuracyOf([.. without, .. judgements], seed)));
        }
        var report = string.Join("; ", accuracies.Select(a => $"{a.Without:P0} without, {a.With:P0} with"));
        TestContext.Current.TestOutputHelper!.WriteLine(report);
        Assert.All(accuracies, a => Assert.True(a.With > a.Without, report));
        Assert.True(accuracies.Average(a => a.With - a.Without) > 0.05, report);
    }

    [Fact]
    public void Words_without_meaning_teach_nothing_and_the_report_says_so()
    {
        var (judgements, reading) = Read([.. Enumerable.Range(0, 60).Select(i => WordedLetters.Comment(i, isVerdictGiven: i < 40, meaningless: true))]);

        Assert.Empty(judgements);
        Assert.Equal((40, 20, 0, 0.0), (reading.WordedVerdicts, reading.Alone, reading.Read, reading.Weight));
        Assert.InRange(reading.Accuracy, 0.2, 0.7);
        Assert.Contains("teach nothing", reading.InWords, StringComparison.Ordinal);
        Assert.Equal(0, reading.Points(1).Single(p => p.Name == "reward_model/comments_read").Value);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(8, 1)]
    public void Too_few_verdicts_or_praise_alone_teach_no_reading(int verdicts, int onlyEven)
    {
        CommentedAnswer[] worded = [.. Enumerable.Range(0, verdicts).Select(i => WordedLetters.Comment(i * (1 + onlyEven), isVerdictGiven: true))];

        var (judgements, reading) = Read([.. worded, WordedLetters.Comment(101, isVerdictGiven: false)]);

        Assert.Empty(judgements);
        Assert.Equal((verdicts, 0), (reading.WordedVerdicts, reading.Verdicts));
        Assert.Contains("not read", reading.InWords, StringComparison.Ordinal);
    }

    [Fact]
    public void Same_seed_same_reading()
    {
        CommentedAnswer[] comments = [.. Enumerable.Range(0, 36).Select(i => WordedLetters.Comment(i, isVerdictGiven: i < 24))];

        Assert.Equal(Read(comments).Judgements.Select(j => j.Praise), Read(comments).Judgements.Select(j => j.Praise));
    }

    private double AccuracyOf(IReadOnlyList<Judgement> training, int seed)
    {
        // More folds than prompts: no cross-validation, so all epochs.
        var trainer = new RewardModelTrainer(Options with { Folds = 1000 }, LetterPolicy.Rollouts, _workers);
        using var model = trainer.Train(_policy, training, [], seed, (_, _, _) => { }, TestContext.Current.CancellationToken).Model;
        return RatedLetters.Accuracy(model);
    }

    private (IReadOnlyList<Judgement> Judgements, CommentReading Reading) Read(IReadOnlyList<CommentedAnswer> comments, int seed = 1) =>
        new CommentReader(Options, LetterPolicy.Rollouts, _workers).Read(_policy, comments, seed, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _workers.Dispose();
        _policy.Dispose();
    }
}
