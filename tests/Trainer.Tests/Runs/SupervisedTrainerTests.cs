using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

public sealed class SupervisedTrainerTests : IDisposable
{
    private readonly LetterTask _task = new();

    public void Dispose() => _task.Dispose();

    private static LearningOptions Options(PolicyAlgorithm algorithm, int n = 4) => new()
    {
        Algorithm = algorithm,
        BestOfN = new() { N = n, Prompts = 512 },
        Supervised = new() { Epochs = 6, Minibatch = 64, LearningRate = 3e-3, WeightDecay = 0, MeasuredAnswers = 200 },
    };

    /// <summary>
    /// An answer is the best of n with probability (share of answers that score no higher)^n - (share that score lower)^n, so what a
    /// perfect student would be is known.
    /// </summary>
    [Fact]
    public void Best_of_n_becomes_the_policy()
    {
        const int n = 4;
        var log = new ProgressLog();
        var wanted = BestOf(n, LetterTask.LogProbabilities(_task.Policy));
        var outcome = _task.Train(Options(PolicyAlgorithm.BestOfN, n), log: log);
        var policy = LetterTask.LogProbabilities(_task.Policy);

        var distance = wanted.Zip(policy, (w, l) => Math.Abs(w - Math.Exp(l))).Sum() / 2 / LetterTask.Prompts.Count;
        var points = log.Reports.SelectMany(r => r.Points).ToLookup(p => p.Name, p => p.Value);
        TestContext.Current.SendDiagnosticMessage($"best of {n}: {distance:0.000} from the distribution of the best; {outcome}");
        Assert.True(distance < 0.06, $"{distance:0.000} from the distribution of the best of {n}");
        Assert.Equal(0.636294, Assert.Single(points["best_of_n/kl"]), 1e-6);
        Assert.InRange(outcome.MeanKl, 0.1, 0.75);
        Assert.True(points["objective/scores"].Last() > points["objective/scores"].First() + 0.5);
        Assert.True(points["loss"].Last() < points["loss"].First());
    }

    private double[] BestOf(int n, double[] logPolicy)
    {
        var all = logPolicy.Zip(_task.Scores, (l, s) => (Probability: Math.Exp(l), Score: s)).Chunk(logPolicy.Length / LetterTask.Prompts.Count);
        return [.. all.SelectMany(prompt => prompt.Select(a =>
            Math.Pow(prompt.Where(b => b.Score <= a.Score).Sum(b => b.Probability), n)
            - Math.Pow(prompt.Where(b => b.Score < a.Score).Sum(b => b.Probability), n)))];
    }

    [Fact]
    public void Preferred_answers_become_likely()
    {
        var answers = LetterTask.Answers;
        List<Judgement> judgements =
        [
            Judgement.Pair("rater", answers[0], answers[1], PairOutcome.First), Judgement.Pair("rater", answers[2], answers[3], PairOutcome.Second),
            Judgement.Pair("rater", answers[4], answers[5], PairOutcome.Tie), Judgement.Thumb("rater", answers[6], up: true),
        ];
        var before = LetterTask.LogProbabilities(_task.Policy);
        _task.Train(Options(PolicyAlgorithm.SupervisedFineTuning), judgements);
        var gain = LetterTask.LogProbabilities(_task.Policy).Zip(before, (a, b) => a - b).ToArray();

        Assert.True(gain[0] > 0.1 && gain[3] > 0.1, $"{gain[0]}, {gain[3]}");
        Assert.All([1, 2, 4, 5, 6], (int i) => Assert.True(gain[i] < 0, $"answer {i}: {gain[i]}"));
    }

    [Theory]
    [InlineData(PolicyAlgorithm.BestOfN)]
    [InlineData(PolicyAlgorithm.SupervisedFineTuning)]
    public void The_same_seed_gives_the_same_weights(PolicyAlgorithm algorithm)
    {
        using var again = new LetterTask();
        Judgement[] judgements = [Judgement.Pair("rater", LetterTask.Answers[0], LetterTask.Answers[1], PairOutcome.First)];
        _task.Train(Options(algorithm), judgements);
        again.Train(Options(algorithm), judgements);

        Assert.Equal(_task.PolicyWeights(), again.PolicyWeights());
    }
}
