using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Runs;

/// <summary>From a parent and a reward model to a saved candidate, by the algorithm of the settings.</summary>
internal sealed class PolicyStep(StepContext context)
{
    private const string AlgorithmKey = "algorithm";

    public PolicyReport Run(PolicyJob job, IProgress<TrainingProgress> receiver, CancellationToken cancellationToken)
    {
        if (context.Find<PolicyReport>(job.OutputFolder) is var (found, hash)) return found with { WeightsHash = hash };
        var progress = new StepProgress(LearningPhase.PolicyUpdate, receiver);
        var trainer = PolicyAlgorithms.Create(context.Options, context.Workers);
        progress.Report(0, $"{trainer.Name}: loading the checkpoints", other: LearningPhase.Rollouts);
        using var policy = context.Store.Load(job.ParentFolder);
        using var reference = context.Store.Load(job.ReferenceFolder);
        using var rewardModel = context.LoadRewardModel(job.RewardModelFolder);
        using var optimizer = Remember(job, policy);
        ReportServed(job, policy, progress, cancellationToken);
        var outcome = trainer.Train(TaskOf(job, policy, reference, rewardModel, progress) with { Optimizer = optimizer }, progress, cancellationToken);
        var report = new PolicyReport(job.OutputFolder, "", outcome.MeanReward, outcome.MeanKl, outcome.Iterations);
        var contents = new CheckpointContents { Weights = policy.Transformer.Weights, Files = policy.Files, Optimizer = optimizer?.Tensors };
        return report with
        {
            WeightsHash = context.Save(job.OutputFolder, report, contents,
                ("run", job.RunId), ("parent", job.ParentFolder), ("reference", job.ReferenceFolder),
                ("reward_model", job.RewardModelFolder), (AlgorithmKey, context.Options.Algorithm.ToString()), ("end", outcome.End)),
        };
    }

    /// <summary>What the parent's optimiser knew, if the same algorithm made it: moments of another objective are of another size.</summary>
    private OptimizerMemory? Remember(PolicyJob job, LoadedCheckpoint parent)
    {
        if (!context.Options.KeepOptimizerState) return null;
        var memory = new OptimizerMemory(parent.Transformer.Weights);
        if (context.Store.FindOptimizer(job.ParentFolder) is { } kept
            && parent.Manifest.Metadata.GetValueOrDefault(AlgorithmKey) == context.Options.Algorithm.ToString()) memory.Read(kept);
        return memory;
    }

    /// <summary>
    /// Algorithms that learn from served answers are not corrected for who served them: their losses hold for answers of any
    /// distribution. The curve says how far the answers are still the policy's own.
    /// </summary>
    private void ReportServed(PolicyJob job, LoadedCheckpoint policy, StepProgress progress, CancellationToken cancellationToken)
    {
        if (!context.Options.Algorithm.LearnsFromServedAnswers()) return;
        var served = StepContext.TokensOf(policy).Served(job.Batch.Training);
        if (served.Count == 0) return;
        var share = ServedAnswer.EffectiveShare(policy.Transformer, served, context.RolloutsOf(policy), cancellationToken);
        progress.Report(0, FormattableString.Invariant($"{share:P0} of the {served.Count} judged answers are as good as the policy's own"),
            [new("off_policy/effective_sample", 0, share)]);
    }

    private PolicyTask TaskOf(PolicyJob job, LoadedCheckpoint policy, LoadedCheckpoint reference, RewardModel rewardModel, StepProgress progress)
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
            Resume = context.ResumeFolderOf(job, job.OutputFolder, progress,
                policy.Manifest, reference.Manifest, context.Store.ReadManifest(job.RewardModelFolder)),
        };
    }
}
