using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Simulation;

/// <summary>Pairs of fresh answers of a policy, with the verdicts that simulated users give.</summary>
/// <param name="Examples">Of pairs of two different, finished answers; the others teach nothing.</param>
/// <param name="Answers">All that were sampled.</param>
internal sealed record ImaginedRound(IReadOnlyList<PreferenceExample> Examples, IReadOnlyList<Experience> Answers)
{
    /// <summary>An estimate of KL(policy || reference), nats per answer.</summary>
    public double SequenceKl => Answers.Average(a => a.SequenceKl);

    /// <param name="prompts">One for each pair.</param>
    /// <param name="seed">Of the answers.</param>
    /// <param name="random">Of the verdicts.</param>
    public static ImaginedRound Sample(
        PolicyTask task, IReadOnlyList<IReadOnlyList<int>> prompts, long seed, int users, PpoOptions scoring, TrainingWorkers workers,
        Random random, CancellationToken cancellationToken)
    {
        var simulator = new UserSimulator(task.RewardModel, task.Sampling);
        IReadOnlyList<Categorical> verdicts = [];
        var answers = new RolloutScoring(scoring, task.Sampling, workers, task.Policy, task.Reference, task.RewardModel).Collect(
            [.. prompts.SelectMany(p => new[] { p, p })], seed, cancellationToken,
            alongside: sampled => verdicts = simulator.Pairs([.. sampled.Chunk(2).Select(p => (p[0], p[1]))], cancellationToken));
        return new(
            [.. from pair in answers.Chunk(2).Zip(verdicts, (a, verdict) => (First: a[0], Second: a[1], Verdict: verdict))
                where Teaches(pair.First.Tokens, pair.Second.Tokens, task.Sampling)
                let label = Enumerable.Range(0, users).Average(_ => Verdicts.Label(pair.Verdict.Draw(random)))
                select new PreferenceExample(
                    new(pair.First.Tokens, pair.Second.Tokens, label, Weight: 1), LogReference(pair.First), LogReference(pair.Second))],
            answers);
    }

    private static bool Teaches(TokenizedAnswer first, TokenizedAnswer second, RolloutSettings sampling) =>
        first.IsFinished(sampling.EndIds) && second.IsFinished(sampling.EndIds) && !first.Answer.SequenceEqual(second.Answer);

    private static double LogReference(Experience answer) => answer.LogReference.Sum(p => (double)p);
}
