using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>Raters who prefer, of two letters, the one that the reward model scores higher.</summary>
public sealed class PreferenceTrainerTests : IDisposable
{
    private readonly LetterTask _task = new();

    public void Dispose() => _task.Dispose();

    private static LearningOptions Options(PolicyAlgorithm algorithm, int epochs = 8, double learningRate = 2e-3) => new()
    {
        Algorithm = algorithm,
        Preferences = new() { Epochs = epochs, LearningRate = learningRate, Beta = 0.5, MeasuredAnswers = 64 },
    };

    /// <summary>All pairs of different answers to each prompt; <paramref name="verdict"/> is what a rater says of scores.</summary>
    private List<Judgement> Pairs(Func<double, double, PairOutcome> verdict)
    {
        var (answers, scores) = (LetterTask.Answers, _task.Scores);
        return [.. from i in Enumerable.Range(0, answers.Count)
                   from j in Enumerable.Range(i + 1, answers.Count - i - 1)
                   where answers[i].Prompt == answers[j].Prompt
                   select Judgement.Pair("rater", answers[i], answers[j], verdict(scores[i], scores[j]))];
    }

    private List<Judgement> Decided() => Pairs((a, b) => a > b ? PairOutcome.First : PairOutcome.Second);

    private static double Margin(IReadOnlyList<Judgement> pairs, double[] logPolicy)
    {
        var of = LetterTask.Answers.Zip(logPolicy).ToDictionary(a => a.First, a => a.Second);
        return pairs.Average(p => (p.Outcome == PairOutcome.First ? 1 : -1) * (of[p.Answers[0]] - of[p.Answers[1]]));
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Dpo, 2e-3)]
    [InlineData(PolicyAlgorithm.Ipo, 5e-4)]
    [InlineData(PolicyAlgorithm.Kto, 2e-3)]
    public void The_margin_of_preferred_answers_rises(PolicyAlgorithm algorithm, double learningRate)
    {
        var pairs = Decided();
        var log = new ProgressLog();
        var before = Margin(pairs, LetterTask.LogProbabilities(_task.Policy));
        var outcome = _task.Train(Options(algorithm, learningRate: learningRate), pairs, log);
        var after = Margin(pairs, LetterTask.LogProbabilities(_task.Policy));

        var line = $"{algorithm}: margin {before:0.00} before, {after:0.00} after; {outcome}";
        TestContext.Current.SendDiagnosticMessage(line);
        Assert.True(after > before + 0.5 && outcome.MeanReward > 0.3 && outcome.MeanKl > 0, line);
        AssertCurves(log, algorithm);
    }

    private static void AssertCurves(ProgressLog log, PolicyAlgorithm algorithm)
    {
        var points = log.Reports.SelectMany(r => r.Points).ToLookup(p => p.Name, p => p.Value);
        Assert.All(["loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "logps/chosen", "logps/rejected"],
            (string name) => Assert.InRange(points[name].Count(), 10, 40));
        Assert.Equal(algorithm == PolicyAlgorithm.Kto, points["kl"].Any());
        Assert.Equal(algorithm != PolicyAlgorithm.Kto, points["rewards/accuracies"].Any());
        Assert.True(points["rewards/margins"].Last() > points["rewards/margins"].First());
        Assert.Single(points["objective/kl"]);
        Assert.Equal(log.Reports.Select(r => r.Fraction).Order(), log.Reports.Select(r => r.Fraction));
        Assert.Contains(log.Reports, r => r.Detail.StartsWith($"{algorithm.ToString().ToUpperInvariant()} step ", StringComparison.Ordinal));
    }

    /// <summary>
    /// Eight answers in one order ask for 28 margins of 1 / (2 beta) at once. The least squares of that are equal steps of 2/8 of it, so that
    /// the mean over pairs, whose answers lie 3 steps apart on average, is 0.75 of it.
    /// </summary>
    [Fact]
    public void Ipo_stops_at_its_margin()
    {
        var pairs = Decided();
        var before = Margin(pairs, LetterTask.LogProbabilities(_task.Policy));
        _task.Train(Options(PolicyAlgorithm.Ipo, epochs: 16), pairs);

        Assert.Equal(0.75, Margin(pairs, LetterTask.LogProbabilities(_task.Policy)) - before, 0.03);
    }

    /// <summary>
    /// When the labels are the probabilities of Bradley-Terry on the scores, DPO's best policy is reference * exp(score / beta) / Z, that of
    /// the KL-regularised reward.
    /// </summary>
    [Fact]
    public void Dpo_brings_a_transformer_to_the_known_optimum()
    {
        var before = _task.DistancesFromOptimum(0.5).Max();
        // Forty raters judge each pair: as many as Bradley-Terry expects of them prefer the first.
        const int Population = 40;
        _task.Train(Options(PolicyAlgorithm.Dpo, epochs: 1), [.. Enumerable.Range(0, Population).SelectMany(rater => Pairs((a, b) =>
            rater < Math.Round(Population / (1 + Math.Exp(b - a))) ? PairOutcome.First : PairOutcome.Second))]);
        var after = _task.DistancesFromOptimum(0.5).Max();

        TestContext.Current.SendDiagnosticMessage($"DPO: {before:0.000} from the optimum before, {after:0.000} after");
        Assert.True(before > 0.3 && after < 0.03, $"{before:0.000} from the optimum before, {after:0.000} after");
    }

    [Fact]
    public void Ties_alone_leave_the_policy_at_the_reference()
    {
        var before = LetterTask.LogProbabilities(_task.Policy);
        _task.Train(Options(PolicyAlgorithm.Dpo, epochs: 1), Pairs((_, _) => PairOutcome.Tie));

        Near.Equal(before, LetterTask.LogProbabilities(_task.Policy), 0.02);
    }

    [Fact]
    public void Thumbs_teach_Kto_as_far_as_pairs_allow()
    {
        var pairs = Decided().Take(8).ToList();
        var loved = LetterTask.Answers[^1];
        List<Judgement> thumbs = [.. Enumerable.Range(0, 40).Select(_ => Judgement.Thumb("other", loved, up: true))];
        var before = LetterTask.LogProbabilities(_task.Policy)[^1];
        _task.Train(Options(PolicyAlgorithm.Kto), [.. pairs, .. thumbs]);

        Assert.True(LetterTask.LogProbabilities(_task.Policy)[^1] > before + 0.1);
        Assert.Throws<InvalidDataException>(() => _task.Train(Options(PolicyAlgorithm.Kto), thumbs));
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Dpo)]
    [InlineData(PolicyAlgorithm.Kto)]
    public void The_same_seed_gives_the_same_weights(PolicyAlgorithm algorithm)
    {
        using var again = new LetterTask();
        _task.Train(Options(algorithm, epochs: 1), Decided());
        again.Train(Options(algorithm, epochs: 1), Decided());

        Assert.Equal(_task.PolicyWeights(), again.PolicyWeights());
    }

    /// <summary>Cutting a minibatch into forward passes of one pair each changes results by rounding only.</summary>
    [Fact]
    public void Micro_batches_do_not_change_what_is_learned()
    {
        using var again = new LetterTask();
        var options = Options(PolicyAlgorithm.Dpo, epochs: 1);
        _task.Train(options, Decided());
        again.Train(options, Decided(), microBatchTokens: 1);

        Near.Equal(LetterTask.LogProbabilities(_task.Policy), LetterTask.LogProbabilities(again.Policy), 1e-3);
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Rloo)]
    [InlineData(PolicyAlgorithm.Dpo)]
    [InlineData(PolicyAlgorithm.Kto)]
    public void Cancelling_ends_it_in_between(PolicyAlgorithm algorithm)
    {
        using var cancel = new CancellationTokenSource();
        var log = new ProgressLog { OnReport = cancel.Cancel };

        Assert.ThrowsAny<OperationCanceledException>(() => _task.Train(Options(algorithm), Decided(), log, cancel.Token));
        Assert.Single(log.Reports);
        Assert.All(_task.Policy.Weights.Parameters, p => Assert.False(p.requires_grad));
    }
}
