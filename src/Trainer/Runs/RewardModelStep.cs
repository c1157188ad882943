using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Comments;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Runs;

/// <summary>From judgements to a saved reward model whose unit is the policy's own answers.</summary>
internal sealed class RewardModelStep(StepContext context)
{
    public RewardModelReport Run(RewardModelJob job, IProgress<TrainingProgress> receiver, CancellationToken cancellationToken)
    {
        if (context.Find<RewardModelReport>(job.OutputFolder) is var (found, hash)) return found with { WeightsHash = hash };
        var progress = new StepProgress(LearningPhase.RewardModel, receiver);
        progress.Report(0, "Reward model: loading the policy");
        using var policy = context.Store.Load(job.PolicyFolder);
        var (tokens, rollouts) = (StepContext.TokensOf(policy), context.RolloutsOf(policy));
        progress.Report(0, "Reward model: reading comments");
        var (comments, reading) = new CommentReader(context.Options.RewardModel, rollouts, context.Workers).Read(
            policy.Transformer.Weights, tokens.Comments(job.Batch.Training), job.Seed, cancellationToken);
        progress.Report(0.1, $"Reward model: {reading.InWords}", reading.Points(1));
        Judgement[] judgements = [.. tokens.Of(job.Batch.Training, Alternatives(policy, tokens, job, rollouts, cancellationToken)), .. comments];
        var (model, quality) = new RewardModelTrainer(context.Options.RewardModel.For(judgements.Length), rollouts, context.Workers).Train(
            policy.Transformer.Weights, judgements, tokens.Of(job.Batch.HeldOut), job.Seed,
            (fraction, detail, points) => progress.Report(0.1 + 0.8 * fraction, detail, points), cancellationToken,
            context.ResumeFolderOf(job, job.OutputFolder, progress, policy.Manifest));
        using (model)
        {
            progress.Report(0.9, "Reward model: fixing the unit of reward");
            var points = FixUnit(model, policy, rollouts, cancellationToken);
            var report = Save(model, quality, reading, policy, job);
            progress.Report(1, $"Reward model: {quality.HeldOutAccuracy:P0} of {quality.HeldOutPairs} held-out pairs right", points);
            return report;
        }
    }

    /// <summary>What the policy answers where a demonstration was written from nothing; answers that were cut are none.</summary>
    private Func<DemonstrationExample, TokenizedAnswer?> Alternatives(
        LoadedCheckpoint policy, FeedbackTokens tokens, RewardModelJob job, RolloutSettings settings, CancellationToken cancellationToken)
    {
        var prompts = (from demonstration in job.Batch.Training.Demonstrations
                       where demonstration.Suggestion is null
                       let prompt = tokens.Prompt(demonstration.Prompt, settings.MaxAnswerTokens)
                       where prompt is not null
                       select (demonstration.FeedbackId, Prompt: prompt)).ToList();
        if (prompts.Count == 0) return _ => null;
        var answers = RolloutSampler.Sample(policy.Transformer, [.. prompts.Select(p => p.Prompt)], settings, job.Seed, context.Workers, cancellationToken);
        var finished = prompts.Zip(answers, (p, a) => (p.FeedbackId, Answer: a.Tokens)).Where(a => a.Answer.IsFinished(settings.EndIds))
            .ToDictionary(a => a.FeedbackId, a => a.Answer);
        return demonstration => finished.GetValueOrDefault(demonstration.FeedbackId);
    }

    /// <summary>The policy's answers of the reference set get mean 0 and deviation 1. Returns how far the heads are apart on them.</summary>
    private IReadOnlyList<MetricPoint> FixUnit(
        RewardModel model, LoadedCheckpoint policy, RolloutSettings settings, CancellationToken cancellationToken)
    {
        var answers = ReferenceSet.Sample(
            policy.Transformer, StepContext.TokensOf(policy), context.Options.ReferenceAnswers, settings, context.Workers, cancellationToken);
        if (answers.Count == 0) return [];
        model.SpreadPenalty = context.Options.RewardModel.SpreadPenalty;
        model.LevelHeads(Estimates());
        var estimates = Estimates();
        model.Normalisation = RewardNormalisation.Fit([.. estimates.Select(e => e.Conservative(model.SpreadPenalty))]);
        return [new("reward_model/spread", 1, estimates.Average(e => e.Spread) * model.Normalisation.Gain)];

        IReadOnlyList<HeadEstimate> Estimates() => model.Estimates(answers, settings.Pad, settings.MicroBatchTokens, cancellationToken);
    }

    private RewardModelReport Save(RewardModel model, RewardModelQuality quality, CommentReading comments, LoadedCheckpoint policy, RewardModelJob job)
    {
        var report = new RewardModelReport(job.OutputFolder, "", quality.TrainingAccuracy, quality.HeldOutAccuracy, quality.HeldOutPairs,
            quality.TrainingLoss, quality.LengthCorrelation)
        {
            LengthCorrected = quality.LengthCorrected,
            DoubtedRaters = quality.DoubtedRaters,
            Comments = comments,
            Camps = quality.Camps,
            Influence = quality.Influence,
            ByKind = quality.ByKind,
            Calibration = quality.Calibration,
        };
        var heads = model.SaveHeads();
        try
        {
            var contents = new CheckpointContents { Weights = model.Trunk.Weights, Heads = heads, Files = policy.Files };
            return report with
            {
                WeightsHash = context.Save(job.OutputFolder, report, contents, ("run", job.RunId), ("policy", job.PolicyFolder)),
            };
        }
        finally
        {
            foreach (var head in heads.Values) head.Dispose();
        }
    }
}
