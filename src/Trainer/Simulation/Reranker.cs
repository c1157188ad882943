using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Selection;

namespace ChatLoop.Trainer.Simulation;

/// <summary>
/// Planning one step ahead with a policy that stays as it is: of n of its answers, the one that the simulated user would most often
/// choose over the others. Costs n answers for each that is given. Owns nothing.
/// </summary>
public sealed class Reranker(UserSimulator simulator, RolloutSettings sampling, TrainingWorkers workers)
{
    /// <summary>A generator holds the keys and values of all its answers.</summary>
    private const int AnswersAtOnce = 256;

    /// <summary>Bound on the KL of what is given to the policy, nats per answer: <see cref="BestOfN.Kl"/>, as of any choice among n by one order.</summary>
    public static double Kl(int n) => BestOfN.Kl(n);

    /// <returns>One answer to each prompt, in order. Same seed, same answers.</returns>
    public IReadOnlyList<TokenizedAnswer> Answer(
        Transformer policy, IReadOnlyList<IReadOnlyList<int>> prompts, int n, long seed, CancellationToken cancellationToken) =>
    [
        .. prompts.Chunk(Math.Max(1, AnswersAtOnce / n)).SelectMany((part, i) => RolloutSampler
            .Sample(policy, [.. part.SelectMany(p => Enumerable.Repeat(p, n))], sampling, seed + i, workers, cancellationToken)
            .Select(r => r.Tokens).Chunk(n).Select(candidates => MostPromising(candidates, cancellationToken))),
    ];

    /// <summary>Among those that were finished; the first of all where none was.</summary>
    private TokenizedAnswer MostPromising(TokenizedAnswer[] candidates, CancellationToken cancellationToken)
    {
        TokenizedAnswer[] finished = [.. candidates.Where(c => c.IsFinished(sampling.EndIds))];
        return finished.Length == 0 ? candidates[0] : finished[MostPromising(simulator.Estimates(finished, cancellationToken))];
    }

    /// <summary>Index of the answer with the largest expected number of wins over the others, a tie being half a win.</summary>
    public int MostPromising(IReadOnlyList<HeadEstimate> candidates)
    {
        var pairs = (from i in Enumerable.Range(0, candidates.Count)
                     from j in Enumerable.Range(i + 1, candidates.Count - i - 1)
                     select (First: i, Second: j)).ToArray();
        var wins = new double[candidates.Count];
        var verdicts = simulator.Pairs([.. pairs.Select(p => candidates[p.First])], [.. pairs.Select(p => candidates[p.Second])]);
        foreach (var ((first, second), verdict) in pairs.Zip(verdicts))
        {
            var firstWins = verdict.Expected(Verdicts.Label);
            wins[first] += firstWins;
            wins[second] += 1 - firstWins;
        }
        return wins.Index().MaxBy(w => w.Item).Index;
    }
}
