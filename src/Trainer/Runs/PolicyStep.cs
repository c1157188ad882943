using System.Globalization;
using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Runs;

/// <summary>From a parent and a reward model to a saved candidate.</summary>
internal sealed class PolicyStep(StepContext context)
{
    public PolicyReport Run(PolicyJob job, IProgress<TrainingProgress> receiver, CancellationToken cancellationToken)
    {
        if (context.Find<PolicyReport>(job.OutputFolder) is var (found, hash)) return found with { WeightsHash = hash };
        var progress = new StepProgress(LearningPhase.PolicyUpdate, receiver);
        progress.Report(0, "PPO: loading the checkpoints", other: LearningPhase.Rollouts);
        using var policy = context.Store.Load(job.ParentFolder);
        using var reference = context.Store.Load(job.ReferenceFolder);
        using var rewardModel = context.LoadRewardModel(job.RewardModelFolder);
        var outcome = new PpoTrainer(context.Options.Ppo, context.RolloutsOf(policy), context.Workers).Train(
            policy.Transformer, reference.Transformer, rewardModel, context.RolloutPrompts(job.Batch, policy), job.Seed,
            new IterationProgress(progress, context.Options.Ppo.Iterations), cancellationToken);
        var last = outcome.Iterations is [.., var iteration] ? iteration : null;
        var report = new PolicyReport(job.OutputFolder, "", last?.Score ?? 0, last?.SequenceKl ?? 0, outcome.Iterations.Count);
        var contents = new CheckpointContents { Weights = policy.Transformer.Weights, Files = policy.Files };
        return report with
        {
            WeightsHash = context.Save(job.OutputFolder, report, contents,
                ("run", job.RunId), ("parent", job.ParentFolder), ("reference", job.ReferenceFolder),
                ("reward_model", job.RewardModelFolder), ("end", outcome.End.ToString())),
        };
    }

    private sealed class IterationProgress(StepProgress progress, int iterations) : IPpoObserver
    {
        public void Sampling(int number) => progress.Report(
            (number - 1.0) / iterations, Line(number, "sampling answers"), other: LearningPhase.Rollouts);

        public void Updating(int number) => progress.Report((number - 0.6) / iterations, Line(number, "updating"));

        public void Finished(PpoIteration iteration) => progress.Report(
            (double)iteration.Number / iterations,
            Line(iteration.Number, string.Create(CultureInfo.InvariantCulture, $"score {iteration.Score:0.00}, KL {iteration.SequenceKl:0.0}")),
            iteration.Points);

        private string Line(int number, string what) => $"PPO iteration {number} of {iterations}: {what}";
    }
}
