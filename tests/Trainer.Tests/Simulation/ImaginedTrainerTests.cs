using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;

namespace ChatLoop.Trainer.Tests.Simulation;

public sealed class ImaginedTrainerTests : IDisposable
{
    private const double Beta = 0.5;
    private readonly LetterTask _task = new();

    public ImaginedTrainerTests() => NoTies(_task);

    public void Dispose() => _task.Dispose();

    /// <summary>Users by Bradley-Terry: what makes DPO's optimum that of the reward.</summary>
    private static void NoTies(LetterTask task) => task.RewardModel.Likelihood = LikelihoodParameters.Unseen with { LogTie = -40 };

    private static LearningOptions Options(int rounds = 3, double realShare = 0, double maxKl = 9) => new()
    {
        Algorithm = PolicyAlgorithm.Imagined,
        Ppo = new() { MaxKl = maxKl },
        Imagined = new()
        {
            Rounds = rounds,
            Pairs = 128,
            Users = 8,
            RealShare = realShare,
            Beta = Beta,
            Minibatch = 32,
            LearningRate = 2e-3,
            MeasuredAnswers = 64,
        },
    };

    /// <summary>
    /// Drawn verdicts on its own answers alone bring the policy to reference * exp(r / beta) / Z, r the raw score: the optimum of the
    /// KL-regularised reward, and never see a score. <see cref="LetterTask"/> knows the optimum of the normalised score, gain * r.
    /// </summary>
    [Fact]
    public void Imagined_verdicts_bring_the_policy_to_the_known_optimum()
    {
        var gain = _task.RewardModel.Normalisation.Gain;
        var options = Options(rounds: 60);
        options = options with { Imagined = options.Imagined with { Beta = Beta / gain } };
        var before = _task.DistancesFromOptimum(Beta).Max();
        var outcome = _task.Train(options);
        var after = _task.DistancesFromOptimum(Beta).Max();

        var line = $"Imagined: {before:0.000} from the optimum before, {after:0.000} after; {outcome}; gain {gain:0.00}";
        TestContext.Current.SendDiagnosticMessage(line);
        Assert.True(before > 0.3 && after < 0.06, line);
    }

    /// <summary>What people said counts beside what is imagined: a letter that only they reject becomes unlikely.</summary>
    [Fact]
    public void Real_judgements_are_learned_from_as_well()
    {
        var (best, other) = (_task.Scores.Index().Take(8).MaxBy(s => s.Item).Index, _task.Scores.Index().Take(8).MinBy(s => s.Item).Index);
        Judgement[] against = [Judgement.Pair("rater", LetterTask.Answers[other], LetterTask.Answers[best], PairOutcome.First)];
        using var without = new LetterTask();
        NoTies(without);
        without.Train(Options(), against);
        _task.Train(Options(realShare: 0.5), [.. Enumerable.Range(0, 200).Select(_ => against[0])]);

        double Margin(LetterTask task) => LetterTask.LogProbabilities(task.Policy)[other] - LetterTask.LogProbabilities(task.Policy)[best];
        Assert.True(Margin(_task) > Margin(without) + 0.2, $"{Margin(_task)} with, {Margin(without)} without");
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_curves_have_TRLs_names()
    {
        using var again = new LetterTask();
        NoTies(again);
        Judgement[] judgements = [Judgement.Pair("rater", LetterTask.Answers[0], LetterTask.Answers[1], PairOutcome.First)];
        var log = new ProgressLog();
        _task.Train(Options(realShare: 0.25), judgements, log);
        again.Train(Options(realShare: 0.25), judgements);

        Assert.Equal(_task.PolicyWeights(), again.PolicyWeights());
        var points = log.Reports.SelectMany(r => r.Points).ToLookup(p => p.Name, p => p.Step);
        Assert.All(["loss", "rewards/margins", "rewards/accuracies", "logps/chosen"], (string name) => Assert.Equal([1, 2, 3], points[name]));
        Assert.All(["objective/kl", "objective/scores"], (string name) => Assert.Equal([0, 1, 2, 3], points[name]));
        Assert.Equal(log.Reports.Select(r => r.Fraction).Order(), log.Reports.Select(r => r.Fraction));
        Assert.Contains(log.Reports, r => r.Detail.StartsWith("Imagined round 3 of 3: learned", StringComparison.Ordinal));
    }

    [Fact]
    public void The_rounds_end_at_the_KL_budget()
    {
        var outcome = _task.Train(Options(rounds: 20, maxKl: 0.05));

        Assert.Equal("KlBudget", outcome.End);
        Assert.InRange(outcome.Iterations, 1, 19);
    }

    [Fact]
    public void Cancelling_ends_it_in_between()
    {
        using var cancel = new CancellationTokenSource();
        var log = new ProgressLog { OnReport = cancel.Cancel };

        Assert.ThrowsAny<OperationCanceledException>(() => _task.Train(Options(), log: log, cancellationToken: cancel.Token));
        Assert.Single(log.Reports);
        Assert.All(_task.Policy.Weights.Parameters, p => Assert.False(p.requires_grad));
    }
}
