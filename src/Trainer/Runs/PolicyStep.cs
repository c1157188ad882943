using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Runs;

/// <summary>From a parent and a reward model to a saved candidate, by the algorithm of the settings.</summary>
internal sealed class PolicyStep(StepContext context)
{
    public PolicyReport Run(PolicyJob job, IProgress<TrainingProgress> receiver, CancellationToken cancellationToken)
    {
        if (context.Find<PolicyReport>(job.OutputFolder) is var (found, hash)) return found with { WeightsHash = hash };
        var progress = new StepProgress(LearningPhase.PolicyUpdate, receiver);
        var trainer = PolicyAlgorithms.Create(context.Options, context.Workers);
        progress.Report(0, $"{trainer.Name}: loading the checkpoints", other: LearningPhase.Rollouts);
        using var policy = context.Store.Load(job.ParentFolder);
        using var reference = context.Store.Load(job.ReferenceFolder);
        using var rewardModel = context.LoadRewardModel(job.RewardModelFolder);
        var outcome = trainer.Train(TaskOf(job, policy, reference, rewardModel), progress, cancellationToken);
        var report = new PolicyReport(job.OutputFolder, "", outcome.MeanReward, outcome.MeanKl, outcome.Iterations);
        var contents = new CheckpointContents { Weights = policy.Transformer.Weights, Files = policy.Files };
        return report with
        {
            WeightsHash = context.Save(job.OutputFolder, report, contents,
                ("run", job.RunId), ("parent", job.ParentFolder), ("reference", job.ReferenceFolder),
                ("reward_model", job.RewardModelFolder), ("algorithm", context.Options.Algorithm.ToString()), ("end", outcome.End)),
        };
    }

    private PolicyTask TaskOf(PolicyJob job, LoadedCheckpoint policy, LoadedCheckpoint reference, RewardModel rewardModel)
    {
        var tokens = StepContext.TokensOf(policy);
        return new()
        {
            Policy = policy.Transformer,
            Reference = reference.Transformer,
            RewardModel = rewardModel,
            Prompts = context.RolloutPrompts(job.Batch, policy),
            Judgements = tokens.Of(job.Batch.Training),
            Demonstrations = [.. job.Batch.Training.Demonstrations.Select(d => tokens.Answer(d.Prompt, d.Text)).OfType<TokenizedAnswer>()],
            Sampling = context.RolloutsOf(policy),
            Seed = job.Seed,
        };
    }
}
