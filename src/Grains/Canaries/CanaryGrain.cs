using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Storage;
using ChatLoop.Trainer.Statistics;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Canaries;

/// <summary>
/// Reads a trial's votes from the ledger, where they are durable, and tells the registry once the sequential test has decided or the time
/// is up. Missed calls cost time only: a reminder looks every minute while a trial is under way.
/// </summary>
public sealed class CanaryGrain(
    [PersistentState("canary")] IPersistentState<CanaryState> persistent,
    FeedbackStore feedback,
    CollectionOptions options,
    LearningSignal learning,
    TimeProvider clock) : Grain, ICanaryGrain, IRemindable
{
    private const string Reminder = "trial";
    private const int ReadAtOnce = 500;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly DurableState<CanaryState> _state = new(persistent);

    /// <summary>Since this activation: not each vote writes it anew.</summary>
    private bool _isReminded;

    private CanaryOptions Options => options.Canary;

    private ICheckpointRegistryGrain Registry => GrainFactory.GetGrain<ICheckpointRegistryGrain>(this.GetPrimaryKeyString());

    public async Task Begin(int version, long afterSequence)
    {
        await _state.Change(state => state.Version == version ? state : new() { Version = version, Sequence = afterSequence });
        await Look();
    }

    public Task Voted() => Look();

    public Task Resume() => Look();

    public Task ReceiveReminder(string reminderName, TickStatus status) => Look();

    public async Task<CanaryStatus?> GetStatus()
    {
        if (await Trial() is not { } trial) return null;
        var votes = trial.Version == _state.Value.Version ? await Count() : new(0, 0, 0, 0);
        return new(trial, votes, Options.Test.LogRatio(votes.Wins, votes.Losses), Options.Test.FirstAt, Options.Test.SecondAt);
    }

    /// <summary>Null without a trial, and before the first version is registered.</summary>
    private async Task<CanaryTrial?> Trial()
    {
        try
        {
            return (await Registry.GetServed()).Trial;
        }
        catch (ChatLoopException starting) when (starting.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    private async Task Look()
    {
        if (await Trial() is not { } trial || trial.Version != _state.Value.Version)
        {
            await Rest();
            return;
        }
        if (!_isReminded) await this.RegisterOrUpdateReminder(Reminder, LookEvery, LookEvery);
        _isReminded = true;
        await GrainFactory.GetGrain<IQuarantineGrain>(this.GetPrimaryKeyString()).Look();
        if (await ReadVotes(trial)) learning.Raise();
        await Decide(trial);
    }

    /// <summary>No trial: whoever waited for its end goes on.</summary>
    private async Task Rest()
    {
        _isReminded = false;
        if (await this.GetReminder(Reminder) is { } reminder) await this.UnregisterReminder(reminder);
        await GrainFactory.GetGrain<IPolicyTrainerGrain>(this.GetPrimaryKeyString()).Resume();
    }

    private async Task<bool> ReadVotes(CanaryTrial trial)
    {
        var any = false;
        while (true)
        {
            var judgements = await feedback.ReadComparisons(_state.Value.Sequence, ReadAtOnce);
            if (judgements.Count == 0) return any;
            var votes =
                (from judgement in judgements
                 let vote = CanaryVote.Of(judgement, trial)
                 where vote is not null
                 select KeyValuePair.Create(judgement.Submission.ComparisonId!, vote)).ToArray();
            any |= votes.Length > 0;
            await _state.Change(state => state with { Sequence = judgements[^1].Sequence, Votes = state.Votes.SetItems(votes) });
        }
    }

    private async Task<CanaryVotes> Count()
    {
        var first = _state.Value.Votes.Values.Select(v => v.Sequence).DefaultIfEmpty(long.MaxValue).Min();
        return _state.Value.Count(Options.VotesPerPerson, await feedback.ReadUncounted(first - 1));
    }

    private async Task Decide(CanaryTrial trial)
    {
        var votes = await Count();
        var verdict = Options.Test.Judge(votes.Wins, votes.Losses);
        var isLate = clock.GetUtcNow() >= trial.EndsAt;
        if (verdict == SequentialVerdict.Undecided && !isLate) return;
        var promote = verdict == SequentialVerdict.First;
        await Registry.EndCanary(trial.Version, promote, Reason(votes, verdict, trial), DecisionMaker.Canary);
        await Rest();
    }

    private static string Reason(CanaryVotes votes, SequentialVerdict verdict, CanaryTrial trial)
    {
        var counted = string.Create(CultureInfo.InvariantCulture,
            $"{votes.Wins} votes for it, {votes.Losses} for version {trial.Baseline}, {votes.Ties} ties, of {votes.People} people");
        return verdict switch
        {
            SequentialVerdict.First => $"People find it no worse than version {trial.Baseline}: {counted}.",
            SequentialVerdict.Second => $"People find it worse than version {trial.Baseline}: {counted}.",
            _ => $"The trial ended undecided: {counted}.",
        };
    }
}
