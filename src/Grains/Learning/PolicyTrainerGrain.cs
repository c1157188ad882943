using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Storage;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Model.Telemetry;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Grains.Learning;

/// <summary>
/// Carries a run from the reward model to a live or refused version: PPO, gate, registry, ledger. Each step leaves its result in the
/// run's folder and each effect outside is idempotent by run, so that a run may be resumed at any point.
/// </summary>
[RequiresRole(SiloRole.Train)]
public sealed class PolicyTrainerGrain(
    [PersistentState("policy-trainer")] IPersistentState<PolicyTrainerState> persistent,
    ILoopTrainer trainer,
    FeedbackStore feedback,
    ServingMilestones serving,
    RunFolders folders,
    CollectionOptions options,
    LearningSignal learning,
    ServiceMetrics metrics,
    TimeProvider clock,
    ILogger<PolicyTrainerGrain> log) : Grain, IPolicyTrainerGrain, IDisposable
{
    private readonly DurableState<PolicyTrainerState> _state = new(persistent);
    private readonly BackgroundRun _run = new(options, learning, metrics, clock, log);
    private IReadOnlyList<MetricPoint> _curves = [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (_state.Value.RunId is { } runId) (_, _curves) = await folders.Of(runId).Curves();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _run.Stop(cancellationToken);

    public async Task Start(string runId)
    {
        if (_state.Value.RunId != runId || _state.Value.Step == PolicyTrainerStep.Idle)
        {
            _curves = [];
            var plan = await folders.Of(runId).Plan();
            await _state.Change(state => state with { Step = PolicyTrainerStep.TrainingPolicy, RunId = runId, StartedAt = plan.StartedAt });
        }
        await Resume();
    }

    public Task Resume()
    {
        if (_state.Value.Step == PolicyTrainerStep.Idle) return Task.CompletedTask;
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        _run.Start(DoSteps);
        return Task.CompletedTask;
    }

    public Task<TrainerStatus> GetStatus()
    {
        var state = _state.Value;
        var latest = _run.Step?.Latest;
        var phase = state.Step switch
        {
            PolicyTrainerStep.Idle => LearningPhase.Collecting,
            PolicyTrainerStep.TrainingPolicy => latest?.Phase is LearningPhase.PolicyUpdate ? LearningPhase.PolicyUpdate : LearningPhase.Rollouts,
            PolicyTrainerStep.Judging => LearningPhase.Gate,
            PolicyTrainerStep.OnTrial => LearningPhase.Canary,
            _ => LearningPhase.Publishing,
        };
        var isReporting = state.Step is PolicyTrainerStep.TrainingPolicy or PolicyTrainerStep.Judging;
        var isIdle = state.Step == PolicyTrainerStep.Idle;
        return Task.FromResult(new TrainerStatus
        {
            Phase = phase,
            Progress = RunProgress.Of(phase, isReporting ? latest?.Fraction ?? 0 : 0),
            Detail = isReporting ? latest?.Detail ?? "" : state.Step switch
            {
                PolicyTrainerStep.Idle => "",
                PolicyTrainerStep.OnTrial => "The new version is on trial: it answers some conversations, and votes decide.",
                _ => "Recording the decision.",
            },
            RunId = isIdle ? null : state.RunId,
            StartedAt = isIdle ? null : state.StartedAt,
            Curves = isReporting ? [.. _curves, .. _run.Step?.Points ?? []] : _curves,
            LastOutcome = state.LastOutcome,
        });
    }

    public void Dispose() => _run.Dispose();

    private ICheckpointRegistryGrain Registry => GrainFactory.GetGrain<ICheckpointRegistryGrain>(this.GetPrimaryKeyString());

    private ICanaryGrain Canary => GrainFactory.GetGrain<ICanaryGrain>(this.GetPrimaryKeyString());

    private async Task<bool> IsOnTrial(int version) => (await Registry.GetServed()).Trial?.Version == version;

    private IRewardTrainerGrain RewardTrainer => GrainFactory.GetGrain<IRewardTrainerGrain>(this.GetPrimaryKeyString());

    /// <summary>Runs that were handed over meanwhile follow at once.</summary>
    private async Task DoSteps()
    {
        while (_state.Value is { Step: not PolicyTrainerStep.Idle, RunId: { } runId })
        {
            var run = folders.Of(runId);
            if (await run.TryOutcome() is not { } outcome)
            {
                if (await MakeOutcome(run, runId) is not { } made) break;
                outcome = await run.Outcome(() => Task.FromResult(made));
            }
            if (outcome.LiveVersion is { } version)
            {
                await feedback.MarkLearned(runId, version);
                serving.Learned(version);
            }
            else
            {
                await feedback.ReleaseBatch(runId);
                await trainer.Abandon(PolicyOf(await Registry.Reserve(runId)), CancellationToken.None);
            }
            await RewardTrainer.Resume();
            await _state.Change(state => state.RunId == runId ? state with { Step = PolicyTrainerStep.Idle, LastOutcome = outcome.Text } : state);
        }
        DelayDeactivation(TimeSpan.Zero);
        learning.Raise();
    }

    /// <summary>Null while the version is on trial.</summary>
    private async Task<RunOutcome?> MakeOutcome(RunFolder run, string runId)
    {
        try
        {
            var plan = await run.Plan();
            var batch = await run.Batch();
            var rewardModel = (await run.RewardModel()).Result;
            var version = await Registry.Reserve(runId);
            if (_state.Value.Step == PolicyTrainerStep.OnTrial && await IsOnTrial(version)) return null;
            var withdrawn = await feedback.CountWithdrawn(runId);
            var policy = await TrainPolicy(run, plan, batch, rewardModel, version);
            var gate = await Judge(run, plan, batch, rewardModel, policy);
            // What the ledger holds before the decision cannot be a vote of the trial.
            var sequence = (await feedback.ReadCounts()).LastSequence;
            var decided = await Publish(plan, batch, rewardModel, policy, gate, version);
            if (decided.Stage == CheckpointStage.Canary)
            {
                await Enter(PolicyTrainerStep.OnTrial);
                await Canary.Begin(version, sequence);
                return null;
            }
            return new(decided.WentLiveAt is null ? null : version, await Describe(decided, gate) + Note(withdrawn));
        }
        catch (StepFailedException failure)
        {
            return new(LiveVersion: null, $"{runId} failed: {failure.Message}");
        }
    }

    private async Task<PolicyReport> TrainPolicy(RunFolder run, RunPlan plan, FeedbackBatch batch, RewardModelReport rewardModel, int version)
    {
        await Enter(PolicyTrainerStep.TrainingPolicy);
        var job = new PolicyJob(
            plan.RunId, batch, plan.ParentFolder, plan.ReferenceFolder, rewardModel.Folder,
            PolicyOf(version), plan.Seed);
        var trained = await run.Policy(() => _run.Run(LearningPhase.Rollouts, $"Training version {version} with PPO.", run.Events(LearningPhase.PolicyUpdate), plan.Trace,
            (progress, cancellationToken) => trainer.TrainPolicy(job, progress, cancellationToken)));
        _curves = trained.Points;
        return trained.Result;
    }

    /// <summary>In the checkpoint store.</summary>
    private static string PolicyOf(int version) => string.Create(CultureInfo.InvariantCulture, $"v{version}");

    private async Task<GateOutcome> Judge(RunFolder run, RunPlan plan, FeedbackBatch batch, RewardModelReport rewardModel, PolicyReport policy)
    {
        await Enter(PolicyTrainerStep.Judging);
        var job = new GateJob(
            plan.RunId, batch, plan.ParentFolder, plan.ReferenceFolder, policy.Folder, rewardModel.Folder, rewardModel, plan.Seed,
            plan.ReplacedFolder);
        var judged = await run.Gate(() => _run.Run(LearningPhase.Gate, "Judging the candidate.", run.Events(LearningPhase.Gate), plan.Trace,
            (progress, cancellationToken) => trainer.Judge(job, progress, cancellationToken)));
        _curves = [.. _curves, .. judged.Points];
        return judged.Result;
    }

    private async Task<CheckpointRecord> Publish(
        RunPlan plan, FeedbackBatch batch, RewardModelReport rewardModel, PolicyReport policy, GateOutcome gate, int version)
    {
        await Enter(PolicyTrainerStep.Publishing);
        using var activity = Tracing.StartUnder(plan.Trace, "publish")?.SetTag("chatloop.version", version).SetTag("chatloop.gate.passed", gate.Report.Passed);
        await Registry.Register(new()
        {
            Version = version,
            Parent = plan.ParentVersion,
            RunId = plan.RunId,
            Folder = policy.Folder,
            WeightsHash = policy.WeightsHash,
            CreatedAt = clock.GetUtcNow(),
            RewardModel = rewardModel.Folder,
            FeedbackCount = batch.FeedbackIds.Distinct().Count(),
            Replaces = plan.Replaces,
            TraceParent = plan.Trace,
        });
        return await Registry.Decide(version, gate.Report, gate.Metrics);
    }

    private async Task<string> Describe(CheckpointRecord decided, GateOutcome gate)
    {
        if (decided.WentLiveAt is not null) return $"v{decided.Version} is live.";
        var failed = gate.Report.Checks.Where(c => !c.Passed)
            .Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Value:0.####} ({c.Rule})")).ToArray();
        if (failed.Length > 0) return $"v{decided.Version} was stopped by the gate: {string.Join("; ", failed)}.";
        if (decided.Stage == CheckpointStage.Held) return $"v{decided.Version} passed the gate and is held, because another version is pinned.";
        var stopped = (await Registry.Decisions()).Last(d => d.Version == decided.Version && d.Stage == CheckpointStage.Rejected);
        return $"v{decided.Version} was not put live. {stopped.Reason}";
    }

    private static string Note(int withdrawn) => withdrawn switch
    {
        0 => "",
        1 => " 1 judgement was withdrawn after the batch was frozen.",
        _ => $" {withdrawn} judgements were withdrawn after the batch was frozen.",
    };

    private async Task Enter(PolicyTrainerStep step)
    {
        await _state.Change(state => state.Step == step ? state : state with { Step = step });
        learning.Raise();
    }
}
