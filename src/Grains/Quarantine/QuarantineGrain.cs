using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Storage;
using ChatLoop.Trainer.Brigading;
using ChatLoop.Trainer.Statistics;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace ChatLoop.Grains.Quarantine;

/// <summary>
/// Looks for campaigns in the newest verdicts before anything is decided by them. What is found follows from the ledger and the look's
/// number alone: looks are numbered by how many verdicts there have ever been, so that the error that all of them may spend is bounded.
/// Reentrant, as whoever hears of a review may ask for a look.
/// </summary>
[Reentrant]
public sealed partial class QuarantineGrain(
    [PersistentState("quarantine")] IPersistentState<QuarantineState> persistent, FeedbackStore feedback, FeedbackOptions options, ILogger<QuarantineGrain> log)
    : Grain, IQuarantineGrain
{
    /// <summary>Verdicts between two looks. The last few before a run are not looked at until the next: too few for a campaign.</summary>
    private const int VerdictsPerLook = 16;
    private const int LookedThrough = 4096;
    private const int DecidedShown = 200;

    private readonly DurableState<QuarantineState> _state = new(persistent);
    private Task _looking = Task.CompletedTask;

    public Task Look()
    {
        if (_looking.IsCompleted) _looking = LookOnce();
        return _looking;
    }

    public Task<IReadOnlyList<SetAsideGroup>> List() => feedback.ReadSetAside(DecidedShown);

    public async Task Review(ReviewOrder order)
    {
        await feedback.Review(order);
        var model = this.GetPrimaryKeyString();
        if (!order.Accept) return;
        await Tell(() => GrainFactory.GetGrain<IRewardTrainerGrain>(model).FeedbackRecorded());
        await Tell(() => GrainFactory.GetGrain<ICanaryGrain>(model).Voted());
    }

    private async Task LookOnce()
    {
        var number = await feedback.CountVerdicts() / VerdictsPerLook;
        if (options.Quarantine.Error == 0 || number <= _state.Value.Looks) return;
        var verdicts = await feedback.ReadVerdicts(LookedThrough);
        var alpha = AlphaSpending.Of(options.Quarantine.Error, number);
        var campaigns = await Task.Run(() => options.Quarantine.Search.Find([.. verdicts.Select(VerdictText.Of).OfType<ComparedText>()], alpha));
        foreach (var campaign in campaigns)
        {
            await feedback.SetAside(campaign);
            LogSetAside(campaign.FeedbackIds.Count, campaign.People);
        }
        await _state.Change(state => state with { Looks = Math.Max(state.Looks, number) });
    }

    private async Task Tell(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception error)
        {
            LogNotTold(error);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} verdicts of {People} people wait for review: they push or bury one phrase (GET /api/v1/review/votes).")]
    private partial void LogSetAside(int count, int people);

    [LoggerMessage(LogLevel.Warning, "Verdicts were accepted, but the trainer could not be told; it looks again with the next judgement.")]
    private partial void LogNotTold(Exception error);
}

/// <summary>How far the verdicts were looked through.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.QuarantineState")]
public sealed record QuarantineState
{
    /// <summary>Number of the last look.</summary>
    [Id(0)] public long Looks { get; init; }
}
