using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Rollouts;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.Runs;

/// <summary>From a candidate to a decision, on prompts that no rollout used.</summary>
internal sealed class GateStep(StepContext context)
{
    public GateOutcome Run(GateJob job, IProgress<TrainingProgress> receiver, CancellationToken cancellationToken)
    {
        var progress = new StepProgress(LearningPhase.Gate, receiver);
        progress.Report(0, "Gate: loading the checkpoints");
        using var parentPolicy = context.Store.Load(job.ParentFolder);
        using var reference = context.Store.Load(job.ReferenceFolder);
        using var rewardModel = context.LoadRewardModel(job.RewardModelFolder);
        var (tokens, settings) = (StepContext.TokensOf(parentPolicy), context.RolloutsOf(parentPolicy));
        var dialogues = HeldOutDialogues.Load();
        var prompts = job.Batch.HeldOut.All.Select(p => p.Prompt).Concat(dialogues.Select(d => d.Prompt()))
            .Select(p => tokens.Prompt(p, settings.MaxAnswerTokens)).OfType<IReadOnlyList<int>>().ToList();
        var known = dialogues.Select(d => tokens.Answer(d.Prompt(), d.Answer)).OfType<TokenizedAnswer>().ToList();
        List<ToldClaim> claims =
            [.. from claim in FalseClaims.Load() let told = tokens.Prompt(claim.Prompt, settings.MaxAnswerTokens) where told is not null select new ToldClaim(claim, told)];
        var questions = new GateQuestions(prompts, known, claims, answer => parentPolicy.Tokenizer.Decode(answer));
        var measurement = new GateMeasurement(
            context.Workers, settings, reference.Transformer, rewardModel, context.Options.Ppo.UnfinishedScore);

        progress.Report(0.1, "Gate: sampling the parent");
        var answers = context.Options.Gate.Answers;
        var parentSample = measurement.Measure(parentPolicy.Transformer, questions, answers, job.Seed, cancellationToken)
            ?? throw new InvalidDataException($"The parent checkpoint '{job.ParentFolder}' gives likelihoods that are not finite.");
        progress.Report(0.5, "Gate: sampling the candidate");
        var (candidateSample, fault) = Measure(job.CandidateFolder);
        var (candidate, parent) = candidateSample is null
            ? (null, parentSample.WithDistinct2(int.MaxValue))
            : PolicySample.Compare(candidateSample, parentSample);
        var report = Gate.Judge(new()
        {
            Fault = fault,
            RewardModelAccuracy = job.RewardModel.HeldOutAccuracy,
            InformativePairs = job.RewardModel.HeldOutPairs,
            Camps = job.RewardModel.Camps,
            Candidate = candidate,
            Parent = parent,
        }, context.Options.Gate);
        progress.Report(job.ReplacedFolder is null ? 1 : 0.9, report.Passed
            ? "Gate: passed"
            : $"Gate: stopped by {string.Join(", ", report.Checks.Where(c => !c.Passed).Select(c => c.Name))}");
        var replaced = job.ReplacedFolder is { } folder ? Measure(folder).Sample : null;
        return new(report, Metrics(job.RewardModel, candidate, parent) with { ReplacedReward = replaced is null ? null : Finite(replaced.Evidence.Reward) });

        (PolicySample? Sample, string? Fault) Measure(string measuredFolder)
        {
            try
            {
                using var loaded = context.Store.Load(measuredFolder);
                var measured = measurement.Measure(loaded.Transformer, questions, answers, job.Seed, cancellationToken);
                return (measured, measured is null ? "The likelihoods of known answers are not finite." : null);
            }
            catch (ChatLoopException damaged) when (damaged.Code == ErrorCode.DamagedCheckpoint)
            {
                return (null, damaged.Message);
            }
        }
    }

    private static CheckpointMetrics Metrics(RewardModelReport rewardModel, PolicyEvidence? candidate, PolicyEvidence parent) => new()
    {
        RewardModelAccuracy = Finite(rewardModel.HeldOutAccuracy),
        Reward = Finite(candidate?.Reward),
        Kl = Finite(candidate?.Kl),
        Entropy = Finite(candidate?.Entropy),
        ParentEntropy = parent.Entropy,
        Distinct2 = Finite(candidate?.Distinct2),
        AnswerTokens = Finite(candidate?.AnswerTokens),
        ParentAnswerTokens = parent.AnswerTokens,
        Camps = rewardModel.Camps,
        Influence = rewardModel.Influence,
    };

    /// <summary>Metrics go out as JSON, which has no NaN.</summary>
    private static double Finite(double? value) => value is { } number && double.IsFinite(number) ? number : 0;
}
