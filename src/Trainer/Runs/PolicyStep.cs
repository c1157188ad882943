using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;
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
        using var parent = context.Store.Load(job.ParentFolder);
        using var adapted = Adapt(parent.Transformer, job.Seed);
        // An adapter leaves the parent's weights as they are, so that the first run needs no copy of them for the reference.
        using var separate = adapted is not null && job.ReferenceFolder == job.ParentFolder ? null : context.Store.Load(job.ReferenceFolder);
        using var rewardModel = context.LoadRewardModel(job.RewardModelFolder);
        using var optimizer = Remember(job, parent);
        ReportServed(job, parent, progress, cancellationToken);
        var task = TaskOf(job, parent, adapted ?? parent.Transformer, separate ?? parent, rewardModel, progress) with { Optimizer = optimizer };
        var outcome = trainer.Train(task, progress, cancellationToken);
        using var merged = adapted?.Merged();
        var report = new PolicyReport(job.OutputFolder, "", outcome.MeanReward, outcome.MeanKl, outcome.Iterations);
        var contents = new CheckpointContents { Weights = merged ?? parent.Transformer.Weights, Files = parent.Files, Optimizer = optimizer?.Tensors };
        return report with
        {
            WeightsHash = context.Save(job.OutputFolder, report, contents,
                ("run", job.RunId), ("parent", job.ParentFolder), ("reference", job.ReferenceFolder),
                ("reward_model", job.RewardModelFolder), (AlgorithmKey, context.Options.Algorithm.ToString()),
                ("adapter", context.Options.Adapter.Description), ("end", outcome.End)),
        };
    }

    /// <summary>The parent with an adapter that borrows its weights; null where every weight learns.</summary>
    private Transformer? Adapt(Transformer parent, long seed) =>
        context.Options.Adapter.For(parent.Weights, seed) is { } adapter ? new Transformer(parent.Weights, adapter) : null;

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
    private void ReportServed(PolicyJob job, LoadedCheckpoint parent, StepProgress progress, CancellationToken cancellationToken)
    {
        if (!context.Options.Algorithm.LearnsFromServedAnswers()) return;
        var served = StepContext.TokensOf(parent).Served(job.Batch.Training);
        if (served.Count == 0) return;
        var share = ServedAnswer.EffectiveShare(parent.Transformer, served, context.RolloutsOf(parent), cancellationToken);
        progress.Report(0, FormattableString.Invariant($"{share:P0} of the {served.Count} judged answers are as good as the policy's own"),
            [new("off_policy/effective_sample", 0, share)]);
    }

    private PolicyTask TaskOf(
        PolicyJob job, LoadedCheckpoint parent, Transformer policy, LoadedCheckpoint reference, RewardModel rewardModel, StepProgress progress)
    {
        var tokens = StepContext.TokensOf(parent);
        return new()
        {
            Policy = policy,
            Reference = reference.Transformer,
            RewardModel = rewardModel,
            Prompts = context.RolloutPrompts(job.Batch, parent),
            Judgements = tokens.Of(job.Batch.Training),
            Demonstrations = [.. job.Batch.Training.Demonstrations.Select(d => tokens.Answer(d.Prompt, d.Text)).OfType<TokenizedAnswer>()],
            Sampling = context.RolloutsOf(parent),
            Seed = job.Seed,
            Resume = context.ResumeFolderOf(job, job.OutputFolder, progress,
                parent.Manifest, reference.Manifest, context.Store.ReadManifest(job.RewardModelFolder)),
        };
    }
}
