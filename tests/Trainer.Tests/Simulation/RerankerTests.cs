using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Simulation;
using ChatLoop.Trainer.Tests.Runs;

namespace ChatLoop.Trainer.Tests.Simulation;

public sealed class RerankerTests : IDisposable
{
    private readonly LetterTask _task = new();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    public void Dispose() => _task.Dispose();

    private Reranker Create() => new(new UserSimulator(_task.RewardModel, LetterTask.Sampling), LetterTask.Sampling, _task.Workers);

    /// <summary>rl_vectors, section 14.</summary>
    [Fact]
    public void It_departs_from_the_policy_as_far_as_the_best_of_n() => Assert.Equal(0.636294, Reranker.Kl(4), 1e-6);

    /// <summary>
    /// One of four heads finds the first answer wonderful: the highest mean score, 1.75 to 1. The simulated user takes the second with
    /// probability (3 * sigmoid(2) + sigmoid(-9)) / 4 = 0.661.
    /// </summary>
    [Fact]
    public void One_head_alone_does_not_decide()
    {
        _task.RewardModel.Likelihood = LikelihoodParameters.Unseen with { LogTie = -40 };

        Assert.Equal(1, Create().MostPromising([new HeadEstimate([10, -1, -1, -1]), new HeadEstimate([1, 1, 1, 1])]));
        Assert.Equal(0, Create().MostPromising([new HeadEstimate([1, 1, 1, 1])]));
    }

    /// <summary>
    /// One head orders answers as its score does, so what is given is the best of n: an answer with probability
    /// (share that scores no higher)^n - (share that scores lower)^n.
    /// </summary>
    [Fact]
    public void Of_one_head_it_gives_the_best_of_n()
    {
        const int n = 4, times = 400;
        var (policy, scores) = (LetterTask.LogProbabilities(_task.Policy), _task.Scores);
        var expected = policy.Zip(scores, (l, s) => (Probability: Math.Exp(l), Score: s)).Chunk(policy.Length / LetterTask.Prompts.Count)
            .SelectMany(prompt => prompt.Select(a => a.Score * (AtMost(prompt, b => b <= a.Score) - AtMost(prompt, b => b < a.Score))))
            .Sum() / LetterTask.Prompts.Count;

        var given = Create().Answer(
            _task.Policy, [.. Enumerable.Range(0, times).SelectMany(_ => LetterTask.Prompts)], n, seed: 1, Guard);
        var mean = _task.RewardModel.Scores(given, LetterTask.Sampling.Pad, 512, Guard).Average();

        // Scores have deviation 1 before the choice and less after it: 1200 of them leave 0.03.
        Assert.Equal(expected, mean, 0.1);
        Assert.True(expected > 0.5);

        static double AtMost((double Probability, double Score)[] prompt, Func<double, bool> counts) =>
            Math.Pow(prompt.Where(b => counts(b.Score)).Sum(b => b.Probability), n);
    }

    [Fact]
    public void The_same_seed_gives_the_same_answers()
    {
        IEnumerable<int> Tokens(long seed) =>
            Create().Answer(_task.Policy, LetterTask.Prompts, 4, seed, Guard).SelectMany(a => a.Answer);

        Assert.Equal(Tokens(1), Tokens(1));
    }
}
