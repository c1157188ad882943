using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// What reward model and reference make of a trained policy's own answers, for algorithms that did not sample while they learned:
/// the numbers that PPO has of every iteration.
/// </summary>
internal static class OwnAnswers
{
    /// <summary>The fraction of the step's progress at which the learning is over.</summary>
    public const double Start = 0.9;

    public static PolicyOutcome Measure(
        PolicyTask task, PpoOptions scoring, TrainingWorkers workers, int answers, int epochs, PpoEnd end, StepProgress progress,
        CancellationToken cancellationToken)
    {
        progress.Report(Start, "Sampling the trained policy");
        var draw = new PromptDraw(task.Prompts, task.Seed);
        var sample = new RolloutScoring(scoring, task.Sampling, workers, task.Policy, task.Reference, task.RewardModel)
            .Collect(draw.Take(0, answers), task.Seed, cancellationToken);
        var (score, kl) = (sample.Average(e => e.Score), sample.Average(e => e.SequenceKl));
        progress.Report(1, FormattableString.Invariant($"Trained: score {score:0.00}, KL {kl:0.0}"),
        [
            new("objective/scores", epochs, score),
            new("objective/kl", epochs, kl),
            new("objective/entropy", epochs, sample.Average(e => -e.LogPolicy.Sum(p => (double)p))),
        ]);
        return new(epochs, score, kl, end.ToString());
    }
}
