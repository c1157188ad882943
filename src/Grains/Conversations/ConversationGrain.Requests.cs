using System.Collections.Immutable;
using System.Security.Cryptography;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.Grains.Conversations;

/// <summary>Requests for answers: each is stored before it is acknowledged, and a repeated one gets the first receipt.</summary>
public sealed partial class ConversationGrain
{
    public async Task<RunReceipt> Send(string userId, SendMessage message)
    {
        RequestLimits.CheckId("requestId", message.RequestId);
        RequestLimits.CheckMessage(message.Text);
        var sampling = RequestLimits.CheckSampling(message.Sampling ?? policies.Live.DefaultSampling);
        var (receipt, isNew) = await _state.Change(state =>
        {
            state.OwnedBy(userId);
            if (FirstReceipt(state, message.RequestId) is { } first)
            {
                var sent = state.Turn(first.UserTurnId);
                return sent.Message == message.Text && sent.ParentTurnId == message.ParentTurnId
                    ? (state, (first, false))
                    : throw ReusedRequestId();
            }
            CheckParent(state, message.ParentTurnId);
            RequestLimits.CheckRoom(state);
            var question = new StoredTurn
            {
                TurnId = NewId(),
                ParentTurnId = message.ParentTurnId,
                Role = TurnRole.User,
                CreatedAt = Now,
                RequestId = message.RequestId,
                Message = message.Text,
            };
            var answer = Placeholder(question.TurnId, message.RequestId, sampling);
            var next = state with
            {
                Title = state.Title ?? RequestLimits.TitleOf(message.Text),
                UpdatedAt = Now,
                Turns = state.Turns.Add(question).Add(answer),
            };
            return (next, (ReceiptOf(next, answer), true));
        });
        if (isNew) Begin(receipt, isSeedGiven: message.Sampling?.Seed is not null);
        return receipt;
    }

    public async Task<RunReceipt> Answer(string userId, AnswerRequest request)
    {
        RequestLimits.CheckId("requestId", request.RequestId);
        var sampling = RequestLimits.CheckSampling(request.Sampling ?? policies.Live.DefaultSampling);
        var (receipt, isNew) = await _state.Change(state =>
        {
            state.OwnedBy(userId);
            if (FirstReceipt(state, request.RequestId) is { } first)
                return first.UserTurnId == request.UserTurnId && state.Turn(first.AnswerTurnId).WasAskedBy(request)
                    ? (state, (first, false))
                    : throw ReusedRequestId();
            CheckCanAnswer(state, request);
            var answer = Placeholder(request.UserTurnId, request.RequestId, sampling) with
            {
                ComparedTurnId = request.CompareWithTurnId,
                JoinedComparisonId = request.ComparisonId,
            };
            var next = state with { UpdatedAt = Now, Turns = state.Turns.Add(answer), Comparisons = Compare(state, request, answer.TurnId) };
            return (next, (ReceiptOf(next, answer), true));
        });
        if (isNew) Begin(receipt, isSeedGiven: request.Sampling?.Seed is not null);
        return receipt;
    }

    private StoredTurn Placeholder(string userTurnId, string requestId, SamplingParameters sampling) => new()
    {
        TurnId = NewId(),
        ParentTurnId = userTurnId,
        Role = TurnRole.Assistant,
        Status = TurnStatus.Generating,
        CreatedAt = Now,
        RequestId = requestId,
        RunId = NewId(),
        Sampling = sampling,
    };

    private ImmutableList<Comparison> Compare(ConversationState state, AnswerRequest request, string answerTurnId)
    {
        if (request.CompareWithTurnId is { } other) return state.Comparisons.Add(IssueComparison(other, answerTurnId));
        if (request.ComparisonId is not { } joined) return state.Comparisons;
        var comparison = Comparison(state, joined);
        return state.Comparisons.Replace(comparison, comparison with { MoreTurnIds = [.. comparison.MoreTurnIds, answerTurnId] });
    }

    /// <summary>The sides are drawn here, once, so that no position is tied to the older answer.</summary>
    private Comparison IssueComparison(string older, string newer)
    {
        var (left, right) = RandomNumberGenerator.GetInt32(2) == 0 ? (older, newer) : (newer, older);
        return new() { ComparisonId = NewId(), LeftTurnId = left, RightTurnId = right, IssuedAt = Now };
    }

    private static void CheckParent(ConversationState state, string? parentTurnId)
    {
        if (parentTurnId is null) return;
        var parent = state.Turn(parentTurnId);
        if (parent.Role != TurnRole.Assistant)
            throw ChatLoopException.Invalid("A message follows an answer: name the answer's turn as parentTurnId.");
        if (parent.Status == TurnStatus.Generating)
            throw ChatLoopException.Conflict("The answer before is still being written: wait for its end, or stop it.");
    }

    private static void CheckCanAnswer(ConversationState state, AnswerRequest request)
    {
        if (state.Turn(request.UserTurnId).Role != TurnRole.User)
            throw ChatLoopException.Invalid("Only a message of the user can be answered again: name its turn as userTurnId.");
        if (state.Turns.Exists(t => t.ParentTurnId == request.UserTurnId && t.Status == TurnStatus.Generating))
            throw ChatLoopException.Conflict("An answer to this message is being written: wait for its end, or stop it.");
        RequestLimits.CheckRoom(state);
        if (request is { CompareWithTurnId: not null, ComparisonId: not null })
            throw ChatLoopException.Invalid("An answer begins a comparison or joins one: leave out compareWithTurnId or comparisonId.");
        if (request.ComparisonId is { } joined) CheckCanJoin(state, Comparison(state, joined), request.UserTurnId);
        if (request.CompareWithTurnId is { } compared) CheckCanCompare(state, compared, request.UserTurnId);
    }

    private static void CheckCanJoin(ConversationState state, Comparison comparison, string userTurnId)
    {
        if (state.Turn(comparison.LeftTurnId).ParentTurnId != userTurnId)
            throw ChatLoopException.Invalid("This comparison is of answers to another message: name that message's turn as userTurnId.");
        if (comparison.Decided)
            throw ChatLoopException.Conflict("This comparison is judged already: begin another one with compareWithTurnId.");
        if (comparison.TurnIds().Count() >= RequestLimits.MostCompared)
            throw ChatLoopException.Conflict($"A comparison holds at most {RequestLimits.MostCompared} answers: rank these first.");
    }

    private static void CheckCanCompare(ConversationState state, string compared, string userTurnId)
    {
        var other = state.Turn(compared);
        if (other.ParentTurnId != userTurnId || !other.IsFinished)
            throw ChatLoopException.Invalid("Only a finished answer to the same message can be compared with: name its turn as compareWithTurnId.");
        if (state.OpenComparisonOf(compared) is not null)
            throw ChatLoopException.Conflict("This answer is already part of an open comparison: judge or skip that one first.");
    }

    private static RunReceipt? FirstReceipt(ConversationState state, string requestId) =>
        state.Turns.Find(t => t.Role == TurnRole.Assistant && t.RequestId == requestId) is { } answer ? ReceiptOf(state, answer) : null;

    private static RunReceipt ReceiptOf(ConversationState state, StoredTurn answer) =>
        new(answer.RunId!, answer.ParentTurnId!, answer.TurnId, answer switch
        {
            { JoinedComparisonId: { } joined } => state.Comparisons.Find(c => c.ComparisonId == joined),
            { ComparedTurnId: { } compared } => state.Comparisons.Find(c => c.Holds(answer.TurnId) && c.Holds(compared)),
            _ => null,
        });

    private static ChatLoopException ReusedRequestId() =>
        ChatLoopException.Conflict("This requestId was used for another request: make a new one.");

    private static string NewId() => Guid.CreateVersion7().ToString("N");
}
