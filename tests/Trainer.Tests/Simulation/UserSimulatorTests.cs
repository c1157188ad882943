using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Simulation;
using ChatLoop.Trainer.Tests.Rewards;

namespace ChatLoop.Trainer.Tests.Simulation;

/// <summary>
/// Synthetic raters who like question marks: between one with and one without, 70 % choose the one with, 10 % the other, and 20 % call a
/// tie; between two of a kind 60 % call a tie. Of single answers nine in ten thumbs follow the liking.
/// </summary>
public sealed class UserSimulatorTests : IDisposable
{
    private static readonly RewardModelOptions Options =
        new() { Epochs = 6, LearningRate = 2e-3, HeadLearningRate = 5e-3, Folds = 3, CorrectLength = false, MaxPointwiseShare = 1 };

    private readonly TransformerWeights _policy = LetterPolicy.Weights(3);
    private readonly TrainingWorkers _workers = new(2, 1);

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _policy.Dispose();
        _workers.Dispose();
    }

    private static (TokenizedAnswer First, TokenizedAnswer Second) Pair(int i, bool alike) =>
        (RatedLetters.Answer(i, 1, "", "?"), RatedLetters.Answer(i, 2, "", alike ? "?" : ""));

    private static PairOutcome Verdict(bool alike, Random random) => (alike, random.NextDouble()) switch
    {
        (true, < 0.2) or (false, < 0.7) => PairOutcome.First,
        (true, < 0.4) or (false, < 0.8) => PairOutcome.Second,
        _ => PairOutcome.Tie,
    };

    /// <summary>Of 400 verdicts and 200 thumbs; the model's predictions are of answers to other prompts.</summary>
    private RewardModel Train()
    {
        var random = new Random(5);
        Judgement[] judgements =
        [
            .. Enumerable.Range(0, 400).Select(i => (Pair: Pair(i, i % 3 == 0), Verdict: Verdict(i % 3 == 0, random)))
                .Select((p, i) => Judgement.Pair($"rater {i % 8}", p.Pair.First, p.Pair.Second, p.Verdict)),
            .. Enumerable.Range(0, 200).Select(i => Judgement.Thumb(
                $"rater {i % 8}", RatedLetters.Answer(1000 + i, 1, "", i % 2 == 0 ? "?" : ""), up: i % 2 == 0 == random.NextDouble() < 0.9)),
        ];
        return new RewardModelTrainer(Options, LetterPolicy.Rollouts, _workers)
            .Train(_policy, judgements, [], seed: 1, (_, _, _) => { }, Guard).Model;
    }

    [Fact]
    public void Its_probabilities_are_what_the_raters_do()
    {
        using var model = Train();
        var simulator = new UserSimulator(model, LetterPolicy.Rollouts);
        double[] Mean(IEnumerable<Categorical> next) => [.. next.Select(n => n.Probabilities).Aggregate(
            (a, b) => [.. a.Zip(b, (x, y) => x + y)]).Select(p => p / 200)];
        var contrast = Mean(simulator.Pairs([.. Enumerable.Range(5000, 200).Select(i => Pair(i, alike: false))], Guard));
        var alike = Mean(simulator.Pairs([.. Enumerable.Range(5000, 200).Select(i => Pair(i, alike: true))], Guard));
        var liked = Mean(simulator.Thumbs([.. Enumerable.Range(5000, 200).Select(i => RatedLetters.Answer(i, 1, "", "?"))], Guard));
        var other = Mean(simulator.Thumbs([.. Enumerable.Range(5000, 200).Select(i => RatedLetters.Answer(i, 2, "", ""))], Guard));

        TestContext.Current.SendDiagnosticMessage(
            $"contrast {Show(contrast)}, alike {Show(alike)}, thumbs of liked {Show(liked)}, of other {Show(other)}");
        Near.Equal([0.7, 0.1, 0.2], [contrast[0], contrast[1], contrast[2] + contrast[3]], 0.1);
        // One tie parameter for all pairs: Davidson's ties fall off slower than these raters'.
        Near.Equal([0.2, 0.2, 0.6], [alike[0], alike[1], alike[2] + alike[3]], 0.2);
        // Thumbs weigh at most a quarter of the comparisons, so they are learned only so far: raters like 90 and 10 %.
        Assert.True(liked[1] > 0.6 && other[1] < 0.3, $"{liked[1]}, {other[1]}");
    }

    [Fact]
    public void The_same_seed_draws_the_same_feedback()
    {
        using var model = RewardModel.From(_policy, seed: 1, heads: 4);
        var simulator = new UserSimulator(model, LetterPolicy.Rollouts);
        (TokenizedAnswer, TokenizedAnswer)[] pairs = [.. Enumerable.Range(0, 64).Select(i => Pair(i, alike: false))];
        TokenizedAnswer[] answers = [.. pairs.Select(p => p.Item1)];

        Assert.Equal(Outcomes(1), Outcomes(1));
        Assert.NotEqual(Outcomes(1), Outcomes(2));
        Assert.Equal(Levels(simulator.SampleThumbs(answers, 3, Guard)), Levels(simulator.SampleThumbs(answers, 3, Guard)));
        Assert.Equal([0, 1], Levels(simulator.SampleThumbs(answers, 3, Guard)).Distinct().Order());
        Assert.Equal([1, 2, 3, 4, 5], Levels(simulator.SampleRatings(answers, 3, Guard)).Distinct().Order());
        Assert.All(simulator.SamplePairs(pairs, 1, Guard), j => Assert.Equal(UserSimulator.RaterId, j.RaterId));

        IEnumerable<PairOutcome> Outcomes(int seed) => simulator.SamplePairs(pairs, seed, Guard).Select(j => j.Outcome);
        static IEnumerable<int> Levels(IEnumerable<Judgement> judgements) => judgements.Select(j => j.Level);
    }

    private static string Show(double[] probabilities) => $"[{string.Join(", ", probabilities.Select(p => p.ToString("0.000")))}]";
}
