using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;
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
        using var parent = context.Store.Load(job.ParentFolder);
        using var adapted = Adapt(parent.Transformer, job.Seed);
        // An adapter leaves the parent's weights as they are, so that the first run needs no copy of them for the reference.
        using var separate = adapted is not null && job.ReferenceFolder == job.ParentFolder ? null : context.Store.Load(job.ReferenceFolder);
        using var rewardModel = context.LoadRewardModel(job.RewardModelFolder);
        var task = TaskOf(job, parent, adapted ?? parent.Transformer, (separate ?? parent).Transformer, rewardModel);
        var outcome = trainer.Train(task, progress, cancellationToken);
        using var merged = adapted?.Merged();
        var report = new PolicyReport(job.OutputFolder, "", outcome.MeanReward, outcome.MeanKl, outcome.Iterations);
        var contents = new CheckpointContents { Weights = merged ?? parent.Transformer.Weights, Files = parent.Files };
        return report with
        {
            WeightsHash = context.Save(job.OutputFolder, report, contents,
                ("run", job.RunId), ("parent", job.ParentFolder), ("reference", job.ReferenceFolder),
                ("reward_model", job.RewardModelFolder), ("algorithm", context.Options.Algorithm.ToString()),
                ("adapter", context.Options.Adapter.Description), ("end", outcome.End)),
        };
    }

    /// <summary>The parent with an adapter that borrows its weights; null where every weight learns.</summary>
    private Transformer? Adapt(Transformer parent, long seed) =>
        context.Options.Adapter.For(parent.Weights, seed) is { } adapter ? new Transformer(parent.Weights, adapter) : null;

    private PolicyTask TaskOf(PolicyJob job, LoadedCheckpoint parent, Transformer policy, Transformer reference, RewardModel rewardModel)
    {
        var tokens = StepContext.TokensOf(parent);
        return new()
        {
            Policy = policy,
            Reference = reference,
            RewardModel = rewardModel,
            Prompts = context.RolloutPrompts(job.Batch, parent),
            Judgements = tokens.Of(job.Batch.Training),
            Demonstrations = [.. job.Batch.Training.Demonstrations.Select(d => tokens.Answer(d.Prompt, d.Text)).OfType<TokenizedAnswer>()],
            Sampling = context.RolloutsOf(parent),
            Seed = job.Seed,
        };
    }
}
