using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Storage;
using ChatLoop.Grains.Telemetry;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Grains.Conversations;

/// <summary>
/// One conversation. Answers are written by runs on this grain's scheduler (see the other parts of this class); calls read what is
/// durable and never wait for the model.
/// </summary>
[RequiresRole(SiloRole.Serve)]
public sealed partial class ConversationGrain(
    [PersistentState("conversation")] IPersistentState<ConversationState> conversation,
    [PersistentState("drafts")] IPersistentState<DraftsState> drafts,
    IServedPolicies policies,
    IAnswerScorer scorer,
    AnswersUnderWay underWay,
    CollectionOptions collection,
    ServingMilestones serving,
    ServiceMetrics metrics,
    TimeProvider clock,
    ILogger<ConversationGrain> log) : Grain, IConversationGrain
{
    private readonly DurableState<ConversationState> _state = new(conversation);
    private readonly DurableState<DraftsState> _drafts = new(drafts);

    private string Id => this.GetPrimaryKeyString();
    private DateTimeOffset Now => clock.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken) => InterruptLostRuns();

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await LetRunsEnd(cancellationToken);
        await InterruptRunsUnderWay();
    }

    public async Task<ConversationSnapshot> Create(string userId, string? title)
    {
        RequestLimits.CheckId("The conversation's id", Id);
        var wanted = string.IsNullOrWhiteSpace(title) ? null : RequestLimits.CheckTitle(title);
        var created = await _state.Change(state => state.Owner is not null
            ? (state, state.OwnedBy(userId))
            : Same(state with { Owner = userId, Title = wanted, CreatedAt = Now, UpdatedAt = Now }));
        await UpdateIndex(created);
        return Snapshot(created);
    }

    public Task<ConversationSnapshot> GetSnapshot(string userId) => Task.FromResult(Snapshot(_state.Value.OwnedBy(userId)));

    public async Task Rename(string userId, string title)
    {
        var wanted = RequestLimits.CheckTitle(title);
        var renamed = await _state.Change(state => Same(state.OwnedBy(userId) with { Title = wanted, UpdatedAt = Now }));
        await UpdateIndex(renamed);
    }

    public async Task Delete(string userId)
    {
        if (_state.Value is { Deleted: true, Owner: var owner } && owner == userId) return;
        await _state.Change(state => new ConversationState { Owner = state.OwnedBy(userId).Owner, Deleted = true });
        foreach (var run in _runs.Values) await Discard(run);
        await _drafts.Change(_ => new DraftsState());
        await Index(userId).Remove(Id);
        DeactivateOnIdle();
    }

    public Task<RatedContext> GetRatedAnswer(string userId, string turnId)
    {
        var state = _state.Value.OwnedBy(userId);
        var turn = state.Turn(turnId);
        return turn.Role == TurnRole.Assistant
            ? Task.FromResult(state.RatedContextOf(turn))
            : throw ChatLoopException.Invalid("Only an answer can be judged, not a message of the user.");
    }

    public Task<RatedContext> GetRatedComparison(string userId, string comparisonId)
    {
        var state = _state.Value.OwnedBy(userId);
        var comparison = Comparison(state, comparisonId);
        return Task.FromResult(state.RatedContextOf([.. comparison.TurnIds().Select(state.Turn)]) with { IssuedAt = comparison.IssuedAt });
    }

    public Task<RatedContext> GetDemonstratedPrompt(string userId, string userTurnId, string? suggestionTurnId)
    {
        var state = _state.Value.OwnedBy(userId);
        if (state.Turn(userTurnId).Role != TurnRole.User)
            throw ChatLoopException.Invalid("A demonstration answers a message of the user: name its turn as userTurnId.");
        if (suggestionTurnId is null) return Task.FromResult(new RatedContext(state.PromptOf(userTurnId), []));
        var suggestion = state.Turn(suggestionTurnId);
        return suggestion.ParentTurnId == userTurnId
            ? Task.FromResult(state.RatedContextOf(suggestion))
            : throw ChatLoopException.Invalid("A demonstration can only begin from an answer to the same message: name its turn as turnId.");
    }

    public async Task<ConversationSnapshot> RevealComparison(string userId, string comparisonId) =>
        Snapshot(await _state.Change(state =>
        {
            var comparison = Comparison(state.OwnedBy(userId), comparisonId);
            return comparison.Decided
                ? (state, state)
                : Same(state with { Comparisons = state.Comparisons.Replace(comparison, comparison with { Decided = true }) });
        }));

    public async IAsyncEnumerable<RunEvent> Watch(
        string userId, string runId, int fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var turn = _state.Value.OwnedBy(userId).AnswerOfRun(runId);
        var events = _runs.TryGetValue(runId, out var run) ? run.Log.Read(fromSeq, cancellationToken) : StoredEvents(turn, fromSeq);
        await foreach (var next in events)
            yield return next.Version is not null && _state.Value.IsBlind(turn.TurnId) ? next with { Version = null } : next;
    }

    private ConversationSnapshot Snapshot(ConversationState state) => state.ToSnapshot(Id, WithTextSoFar);

    /// <summary>The new state is also the answer.</summary>
    private static (ConversationState Next, ConversationState Result) Same(ConversationState next) => (next, next);

    private static Comparison Comparison(ConversationState state, string comparisonId) =>
        state.Comparisons.Find(c => c.ComparisonId == comparisonId)
        ?? throw ChatLoopException.NotFound("This comparison does not exist, or one of its answers broke off.");

    private IConversationIndexGrain Index(string userId) => GrainFactory.GetGrain<IConversationIndexGrain>(userId);

    private Task UpdateIndex(ConversationState state) =>
        Index(state.Owner!).Upsert(new(Id, state.Title ?? ConversationTree.UntitledTitle, state.CreatedAt, state.UpdatedAt));

    /// <summary>The list's order is no reason to hold up or fail an answer.</summary>
    private async Task UpdateIndexLater(ConversationState state)
    {
        try
        {
            await UpdateIndex(state);
        }
        catch (Exception error)
        {
            LogIndexFailed(error, Id);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The list entry of conversation {Conversation} was not updated.")]
    private partial void LogIndexFailed(Exception error, string conversation);
}
