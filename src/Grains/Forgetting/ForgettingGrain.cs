using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Grains.Forgetting;

/// <summary>
/// Erases what withdrawn judgements said, and once the live version has known them for as long as it may, has a version made without
/// them; where that cannot be, its ancestor that never knew them goes live again.
/// </summary>
[RequiresRole(SiloRole.Train)]
public sealed partial class ForgettingGrain(
    FeedbackStore feedback, RunFolders folders, CollectionOptions options, TimeProvider clock, ILogger<ForgettingGrain> log) : Grain, IForgettingGrain
{
    /// <summary>What failed is tried again after this, and a clock that was set is noticed.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private IGrainTimer _timer = null!;

    private ICheckpointRegistryGrain Registry => GrainFactory.GetGrain<ICheckpointRegistryGrain>(this.GetPrimaryKeyString());

    private IRewardTrainerGrain Trainer => GrainFactory.GetGrain<IRewardTrainerGrain>(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _timer = this.RegisterGrainTimer(LookAgain, new GrainTimerCreationOptions(LongestPause, LongestPause) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task Wake()
    {
        _timer.Change(TimeSpan.Zero, LongestPause);
        return Task.CompletedTask;
    }

    public async Task Look()
    {
        var uses = await feedback.ReadWithdrawnUses();
        await new RunFolderErasure(feedback, folders).Run(uses);
        var knowledge = new WithdrawnKnowledge(await Registry.List(), uses);
        await EndTrial(knowledge);
        if (knowledge.Since is not { } since) return;
        var left = since + options.Forgetting.Within - clock.GetUtcNow();
        if (left > TimeSpan.Zero) _timer.Change(left < LongestPause ? left : LongestPause, LongestPause);
        else await Forget(knowledge);
    }

    /// <summary>What is on trial must not go live any more.</summary>
    private async Task EndTrial(WithdrawnKnowledge knowledge)
    {
        if (knowledge.OnTrial is { } version && knowledge.IsTainted(version))
            await Registry.EndCanary(version, promote: false, "It learned from feedback that was withdrawn since.", DecisionMaker.Forgetting);
    }

    /// <summary>A run that is under way wakes this grain when it ends.</summary>
    private async Task Forget(WithdrawnKnowledge knowledge)
    {
        var run = await Trainer.GetRun();
        if (run.IsUnderWay) return;
        if (await TriedInVain(run, knowledge)) await FallBack(knowledge, $"{run.RunId}, which was to make a version without it, brought none live");
        else if (await IsEnoughLeft(knowledge)) await Trainer.StartForgetting();
        else await FallBack(knowledge, "the feedback that is left is too little to train a version without it");
    }

    /// <summary>Another run would learn the same from the same.</summary>
    private async Task<bool> TriedInVain(TrainingRun run, WithdrawnKnowledge knowledge) =>
        run.RunId is { } runId && await folders.Of(runId).TryPlan() is { Replaces: { } replaced } && replaced == knowledge.Live!.Version;

    /// <summary>For the gate, and anything to learn beyond what the starting point knows.</summary>
    private async Task<bool> IsEnoughLeft(WithdrawnKnowledge knowledge)
    {
        var needed = options.NextRun(lastRunLearnedNothing: false).DecidedPairs;
        return (await feedback.ReadCounts()).DecidedPairs >= needed && await feedback.CountPairsBeyond(knowledge.LearnedRuns) > 0;
    }

    private async Task FallBack(WithdrawnKnowledge knowledge, string why)
    {
        var start = knowledge.StartingPoint!.Version;
        await Registry.MakeLive(start, string.Create(CultureInfo.InvariantCulture,
            $"Version {knowledge.Live!.Version} learned from feedback that was withdrawn, and {why}."), DecisionMaker.Forgetting);
        await feedback.Renew(knowledge.LeftRuns);
        await Trainer.FeedbackRecorded();
    }

    private async Task LookAgain(CancellationToken cancellationToken)
    {
        try
        {
            await Look();
        }
        catch (Exception error)
        {
            LogNotDone(error, LongestPause);
        }
    }

    [LoggerMessage(LogLevel.Warning, "What was withdrawn could not be erased or forgotten; next try in {Pause}.")]
    private partial void LogNotDone(Exception error, TimeSpan pause);
}
