using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Storage;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Model.Telemetry;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Logging;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Learning;

/// <summary>
/// Begins runs: freezes the batch, trains the reward model, hands over to the policy trainer, and takes note of the outcome. Which
/// step is under way is stored before it starts; what a step made is in the run's folder.
/// </summary>
[RequiresRole(SiloRole.Train)]
public sealed class RewardTrainerGrain(
    [PersistentState("reward-trainer")] IPersistentState<RewardTrainerState> persistent,
    ILoopTrainer trainer,
    FeedbackStore feedback,
    ForgettingSurvey survey,
    RunFolders folders,
    CollectionOptions options,
    LearningSignal learning,
    ServiceMetrics metrics,
    TimeProvider clock,
    ILogger<RewardTrainerGrain> log) : Grain, IRewardTrainerGrain, IDisposable
{
    private readonly DurableState<RewardTrainerState> _state = new(persistent);
    private readonly BackgroundRun _run = new(options, learning, metrics, clock, log);
    private IReadOnlyList<MetricPoint> _curves = [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (_state.Value.RunId is { } runId) (_curves, _) = await folders.Of(runId).Curves();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _run.Stop(cancellationToken);

    public Task FeedbackRecorded() => _state.Value.Step == RewardTrainerStep.Collecting ? Resume() : Task.CompletedTask;

    public async Task Resume()
    {
        if (_state.Value.Step == RewardTrainerStep.HandedOver && await folders.Of(_state.Value.RunId!).TryOutcome() is { } outcome)
            await Conclude(outcome);
        if (_state.Value.Step == RewardTrainerStep.Collecting && !await TryBegin()) return;
        GoOn();
    }

    public async Task StartForgetting()
    {
        if (_state.Value.Step == RewardTrainerStep.Collecting && await Begin()) GoOn();
    }

    public Task<TrainingRun> GetRun() => Task.FromResult(new TrainingRun(_state.Value.RunId, _state.Value.Step != RewardTrainerStep.Collecting));

    public Task<RunThreshold> GetNextRun() => Task.FromResult(NextRun);

    public async Task<TrainerStatus> GetStatus()
    {
        // Nothing else of the status speaks of them, and pages ask often while a run is under way.
        var counts = _state.Value.Step == RewardTrainerStep.Collecting ? await feedback.ReadCounts() : feedback.Counts;
        var state = _state.Value;
        var (phase, detail) = state.Step switch
        {
            RewardTrainerStep.Collecting => (LearningPhase.Collecting, NextRun.Describe(counts)),
            RewardTrainerStep.Freezing => (LearningPhase.RewardModel, "Making the batch."),
            RewardTrainerStep.TrainingRewardModel => (LearningPhase.RewardModel, _run.Step?.Latest.Detail ?? "Training the reward model."),
            _ => (LearningPhase.Rollouts, "The policy trainer takes over."),
        };
        var isTraining = state.Step == RewardTrainerStep.TrainingRewardModel;
        var isCollecting = state.Step == RewardTrainerStep.Collecting;
        return new()
        {
            Phase = phase,
            Progress = RunProgress.Of(phase, isTraining ? _run.Step?.Latest.Fraction ?? 0 : 0),
            Detail = detail,
            RunId = isCollecting ? null : state.RunId,
            StartedAt = isCollecting ? null : state.StartedAt,
            Curves = isTraining ? _run.Step?.Points ?? [] : _curves,
            LastOutcome = state.LastOutcome,
        };
    }

    public void Dispose() => _run.Dispose();

    private RunThreshold NextRun => options.NextRun(_state.Value.LastRunLearnedNothing);

    private ICheckpointRegistryGrain Registry => GrainFactory.GetGrain<ICheckpointRegistryGrain>(this.GetPrimaryKeyString());

    private IPolicyTrainerGrain PolicyTrainer => GrainFactory.GetGrain<IPolicyTrainerGrain>(this.GetPrimaryKeyString());

    private void GoOn()
    {
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        _run.Start(DoSteps);
    }

    /// <summary>Not while a version is pinned: the end of the pin wakes this trainer. What is suspicious does not start a run.</summary>
    private async Task<bool> TryBegin()
    {
        if (!NextRun.IsMetBy(await feedback.ReadCounts()) || await Registry.GetPin() is not null) return false;
        await Quarantine.Look();
        return NextRun.IsMetBy(await feedback.ReadCounts()) && await Begin();
    }

    private IQuarantineGrain Quarantine => GrainFactory.GetGrain<IQuarantineGrain>(this.GetPrimaryKeyString());

    private async Task<bool> Begin()
    {
        try
        {
            await Registry.GetLive();
        }
        catch (ChatLoopException e) when (e.Code == ErrorCode.NotFound)
        {
            // The service is still starting; it resumes the trainers when it is up.
            return false;
        }
        _curves = [];
        await _state.Change(state => state.Step != RewardTrainerStep.Collecting ? state : state with
        {
            Step = RewardTrainerStep.Freezing,
            Runs = state.Runs + 1,
            RunId = string.Create(CultureInfo.InvariantCulture, $"run-{state.Runs + 1:D4}"),
            StartedAt = clock.GetUtcNow(),
        });
        learning.Raise();
        return true;
    }

    private async Task DoSteps()
    {
        while (_state.Value.Step is RewardTrainerStep.Freezing or RewardTrainerStep.TrainingRewardModel)
        {
            try
            {
                var run = folders.Of(_state.Value.RunId!);
                if (_state.Value.Step == RewardTrainerStep.Freezing) await Freeze(run);
                await TrainRewardModel(run);
            }
            catch (StepFailedException failure)
            {
                await GiveUp(failure);
                await TryBegin();
            }
        }
        if (_state.Value.Step == RewardTrainerStep.HandedOver) await PolicyTrainer.Start(_state.Value.RunId!);
    }

    private async Task Freeze(RunFolder run)
    {
        var state = _state.Value;
        using var activity = Tracing.Source.StartActivity(Tracing.TrainingRun)?.SetTag("chatloop.training_run", state.RunId);
        var versions = await Registry.List();
        var knowledge = await survey.Of(versions);
        await Quarantine.Look();
        var batch = await run.Batch(async () => FrozenBatch.Of(
            state.RunId!, await feedback.ReadUsable(options.LargestBatch, knowledge.LeftRuns), options.HeldOutShare));
        await run.Plan(() => Task.FromResult(MakePlan(knowledge, reference: versions[0], batch) with { Trace = activity?.Id }));
        activity?.SetTag("chatloop.judgements", batch.FeedbackIds.Count());
        await feedback.TakeUpBatch(state.RunId!, [.. batch.FeedbackIds]);
        await Enter(RewardTrainerStep.TrainingRewardModel);
    }

    private RunPlan MakePlan(WithdrawnKnowledge knowledge, CheckpointRecord reference, FeedbackBatch batch)
    {
        var (live, parent) = (knowledge.Live!, knowledge.StartingPoint!);
        var plan = new RunPlan(_state.Value.RunId!, _state.Value.StartedAt!.Value, parent.Version, parent.Folder, reference.Folder,
            RunSeed.Of(options.Seed, parent.WeightsHash, batch));
        return parent.Version == live.Version ? plan : plan with { Replaces = live.Version, ReplacedFolder = live.Folder };
    }

    private async Task TrainRewardModel(RunFolder run)
    {
        var plan = await run.Plan();
        var batch = await run.Batch();
        var job = new RewardModelJob(plan.RunId, batch, plan.ParentFolder, RewardModelOf(plan.RunId), plan.Seed);
        var trained = await run.RewardModel(() => _run.Run(LearningPhase.RewardModel, Describe(batch), run.Events(LearningPhase.RewardModel), plan.Trace,
            (progress, cancellationToken) => trainer.TrainRewardModel(job, progress, cancellationToken)));
        _curves = trained.Points;
        await Enter(RewardTrainerStep.HandedOver);
    }

    private static string Describe(FeedbackBatch batch) => string.Create(CultureInfo.InvariantCulture,
        $"Training the reward model on {batch.Training.Pairs.Count} pairs and {batch.Training.Thumbs.Count} thumbs; {batch.HeldOut.Pairs.Count} pairs are held out.");

    private async Task GiveUp(StepFailedException failure)
    {
        var runId = _state.Value.RunId!;
        var outcome = await folders.Of(runId).Outcome(() => Task.FromResult(new RunOutcome(LiveVersion: null, $"{runId} failed: {failure.Message}")));
        await feedback.ReleaseBatch(runId);
        await trainer.Abandon(RewardModelOf(runId), CancellationToken.None);
        await Conclude(outcome);
    }

    /// <summary>In the checkpoint store.</summary>
    internal static string RewardModelOf(string runId) => $"reward-models/{runId}";

    private async Task Conclude(RunOutcome outcome)
    {
        await _state.Change(state => state with
        {
            Step = RewardTrainerStep.Collecting,
            LastOutcome = outcome.Text,
            LastRunLearnedNothing = outcome.LiveVersion is null,
        });
        DelayDeactivation(TimeSpan.Zero);
        learning.Raise();
        await GrainFactory.GetGrain<IForgettingGrain>(this.GetPrimaryKeyString()).Wake();
    }

    private Task Enter(RewardTrainerStep step) => _state.Change(state => state with { Step = step });
}
