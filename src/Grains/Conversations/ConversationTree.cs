using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Generation;

namespace ChatLoop.Grains.Conversations;

/// <summary>Reads and changes of the stored tree. Nothing here changes its argument.</summary>
public static class ConversationTree
{
    public const string UntitledTitle = "New conversation";

    /// <summary>The state, if it is this user's.</summary>
    public static ConversationState OwnedBy(this ConversationState state, string userId) =>
        state.Owner == userId && !state.Deleted ? state : throw ChatLoopException.NotFound("This conversation does not exist.");

    public static StoredTurn? Find(this ConversationState state, string turnId) => state.Turns.Find(t => t.TurnId == turnId);

    public static StoredTurn Turn(this ConversationState state, string turnId) =>
        state.Find(turnId) ?? throw ChatLoopException.NotFound($"This conversation has no message {turnId}.");

    public static StoredTurn AnswerOfRun(this ConversationState state, string runId) =>
        state.Turns.Find(t => t.RunId == runId) ?? throw ChatLoopException.NotFound($"This conversation has no run {runId}.");

    public static Comparison? OpenComparisonOf(this ConversationState state, string turnId) =>
        state.Comparisons.Find(c => !c.Decided && c.Holds(turnId));

    /// <summary>The versions of all answers of an open comparison are hidden, also the version of the one that was seen before.</summary>
    public static bool IsBlind(this ConversationState state, string turnId) => state.OpenComparisonOf(turnId) is not null;

    public static bool Holds(this Comparison comparison, string turnId) =>
        comparison.LeftTurnId == turnId || comparison.RightTurnId == turnId || comparison.MoreTurnIds.Contains(turnId);

    /// <summary>In the order shown.</summary>
    public static IEnumerable<string> TurnIds(this Comparison comparison) =>
        [comparison.LeftTurnId, comparison.RightTurnId, .. comparison.MoreTurnIds];

    /// <summary>The messages up to and including a user turn, oldest first.</summary>
    public static IReadOnlyList<PromptMessage> PromptOf(this ConversationState state, string userTurnId)
    {
        List<PromptMessage> messages = [];
        for (var turn = state.Find(userTurnId); turn is not null; turn = turn.ParentTurnId is { } parent ? state.Find(parent) : null)
            messages.Add(new(turn.Role, turn.Text));
        messages.Reverse();
        return messages;
    }

    public static RatedContext RatedContextOf(this ConversationState state, params IReadOnlyList<StoredTurn> answers)
    {
        foreach (var answer in answers)
            if (!answer.IsFinished)
                throw ChatLoopException.Invalid("Only a finished answer can be judged: wait for its end, or ask for another answer.");
        return new(state.PromptOf(answers[0].ParentTurnId!), answers.Select(a => a.ToRatedAnswer()).ToArray());
    }

    public static ConversationState WithTurn(this ConversationState state, StoredTurn changed)
    {
        var index = state.Turns.FindIndex(t => t.TurnId == changed.TurnId);
        return index < 0 ? state : state with { Turns = state.Turns.SetItem(index, changed) };
    }

    /// <summary>
    /// The answer's run is over. A pair with an answer that broke off cannot be judged: it is void and its blind ends. A further
    /// answer that broke off leaves the others to be judged.
    /// </summary>
    public static ConversationState WithEndedAnswer(
        this ConversationState state, string turnId, TurnStatus status, StoredAnswer answer, DateTimeOffset now)
    {
        if (state.Find(turnId) is not { } turn) return state;
        var ended = state.WithTurn(turn with { Status = status, Answer = answer }) with { UpdatedAt = now };
        return status is TurnStatus.Interrupted or TurnStatus.Failed
            ? ended with { Comparisons = [.. ended.Comparisons.Select(c => c.Decided ? c : c.Without(turnId)).OfType<Comparison>()] }
            : ended;
    }

    private static Comparison? Without(this Comparison comparison, string turnId) =>
        turnId == comparison.LeftTurnId || turnId == comparison.RightTurnId
            ? null
            : comparison.MoreTurnIds.Contains(turnId) ? comparison with { MoreTurnIds = [.. comparison.MoreTurnIds.Where(t => t != turnId)] } : comparison;

    public static ConversationSnapshot ToSnapshot(this ConversationState state, string conversationId, Func<StoredTurn, StoredTurn> underWay) => new()
    {
        ConversationId = conversationId,
        Title = state.Title ?? UntitledTitle,
        CreatedAt = state.CreatedAt,
        UpdatedAt = state.UpdatedAt,
        Turns = state.Turns.Select(t => underWay(t).ToTurn(state.IsBlind(t.TurnId))).ToArray(),
        Comparisons = state.Comparisons.ToArray(),
    };
}
