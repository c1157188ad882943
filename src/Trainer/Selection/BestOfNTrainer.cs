using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.FineTuning;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Selection;

/// <summary>
/// Best of n, learned: samples n answers to each prompt, keeps the reward model's best and fine-tunes the policy on them. The simplest
/// way to a higher reward, with a KL that is known before.
/// </summary>
internal sealed class BestOfNTrainer(
    BestOfNOptions options, SupervisedOptions supervised, PpoOptions scoring, TrainingWorkers workers) : IPolicyTrainer
{
    private const string Part = "chosen";

    public string Name => $"Best of {options.N}";

    public PolicyOutcome Train(PolicyTask task, StepProgress progress, CancellationToken cancellationToken)
    {
        var chosen = task.Resume?.Load<Chosen>(Part);
        if (chosen is null)
        {
            chosen = Choose(task, progress, cancellationToken);
            task.Resume?.Save(Part, chosen);
        }
        progress.Report(0, FormattableString.Invariant($"{Name}: {chosen.Answers.Count} answers chosen, KL at most {BestOfN.Kl(options.N):0.00}"),
            chosen.Points);
        return new SupervisedTrainer(supervised, scoring, workers).Learn(Name, chosen.Answers, task, progress, cancellationToken);
    }

    private Chosen Choose(PolicyTask task, StepProgress progress, CancellationToken cancellationToken)
    {
        progress.Report(0, $"{Name}: sampling answers", other: LearningPhase.Rollouts);
        var prompts = new PromptDraw(task.Prompts, task.Seed).Take(0, options.Prompts).SelectMany(p => Enumerable.Repeat(p, options.N)).ToArray();
        var sampled = new RolloutScoring(scoring, task.Sampling, workers, task.Policy, task.Reference, task.RewardModel)
            .Collect(prompts, PartSeed.Of(task.Seed, RandomUse.Sampling, 0), cancellationToken);
        return new(BestOfN.Choose([.. sampled.Select(e => (e.Tokens, e.Score))], options.N, task.Sampling.EndIds),
        [
            new("best_of_n/kl", 0, BestOfN.Kl(options.N)),
            new("best_of_n/scores", 0, sampled.Chunk(options.N).Average(g => g.Max(e => e.Score))),
            new("objective/scores", 0, sampled.Average(e => e.Score)),
        ]);
    }

    private sealed record Chosen(IReadOnlyList<TokenizedAnswer> Answers, IReadOnlyList<MetricPoint> Points);
}
