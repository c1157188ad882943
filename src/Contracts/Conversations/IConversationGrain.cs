using ChatLoop.Contracts.Generation;
using Orleans.Concurrency;

namespace ChatLoop.Contracts.Conversations;

/// <summary>A new user message. The request id makes a repeated send return the first receipt.</summary>
/// <param name="ParentTurnId">The assistant turn that it follows; null to start (or, by editing the first message, restart) the conversation.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.SendMessage")]
public sealed record SendMessage(
    [property: Id(0)] string RequestId,
    [property: Id(1)] string Text,
    [property: Id(2)] string? ParentTurnId,
    [property: Id(3)] SamplingParameters? Sampling);

/// <summary>Another answer to a user turn: a regeneration, the second half of a blind pair, or a further answer to rank.</summary>
/// <param name="UserTurnId">The user turn to answer again.</param>
/// <param name="CompareWithTurnId">The finished answer to compare with.</param>
/// <param name="ComparisonId">The open comparison of two or three answers that this one joins.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.AnswerRequest")]
public sealed record AnswerRequest(
    [property: Id(0)] string RequestId,
    [property: Id(1)] string UserTurnId,
    [property: Id(2)] string? CompareWithTurnId,
    [property: Id(3)] SamplingParameters? Sampling,
    [property: Id(4)] string? ComparisonId = null);

/// <summary>What was started. Watch the run to read the answer.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.RunReceipt")]
public sealed record RunReceipt(
    [property: Id(0)] string RunId,
    [property: Id(1)] string UserTurnId,
    [property: Id(2)] string AnswerTurnId,
    [property: Id(3)] Comparison? Comparison);

/// <summary>An answer with everything that training needs to use a judgement of it.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.RatedAnswer")]
public sealed record RatedAnswer
{
    [Id(0)] public required string TurnId { get; init; }
    [Id(1)] public required string Text { get; init; }
    /// <summary>The tokens that were sampled, end-of-turn token included when the model made it.</summary>
    [Id(2)] public IReadOnlyList<int> Tokens { get; init; } = [];
    /// <summary>One per token, in nats, of the distribution that it was drawn from: bias, penalties, temperature and cuts of <see cref="Sampling"/>.</summary>
    [Id(3)] public IReadOnlyList<float> LogProbabilities { get; init; } = [];
    [Id(4)] public IReadOnlyList<VersionSpan> Versions { get; init; } = [];
    [Id(5)] public SamplingParameters Sampling { get; init; } = new();
    [Id(6)] public FinishReason? Finish { get; init; }
    /// <summary>
    /// Answers that were sampled and out of which the reward model chose this one to be compared; 0 or 1 when it was shown as sampled.
    /// The log-probabilities are the sampler's in either case: those of a choice are not known.
    /// </summary>
    [Id(7)] public int Candidates { get; init; }

    /// <summary>Chosen for what it would tell: pairs with it are no fair sample of the policy's answers.</summary>
    public bool IsChosen => Candidates > 1;
}

/// <summary>The messages before an answer, oldest first, ending with the user turn.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.PromptMessage")]
public sealed record PromptMessage([property: Id(0)] TurnRole Role, [property: Id(1)] string Text);

/// <summary>What a judgement was about: the prompt, and the judged answer or the compared ones in the order shown.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.RatedContext")]
public sealed record RatedContext(
    [property: Id(0)] IReadOnlyList<PromptMessage> Prompt,
    [property: Id(1)] IReadOnlyList<RatedAnswer> Answers)
{
    /// <summary>When the comparison was issued; null where nothing is compared, and of judgements that were recorded before this was kept.</summary>
    [Id(2)] public DateTimeOffset? IssuedAt { get; init; }
}

/// <summary>
/// One conversation; the key is its id. Every call names the user, and a conversation that is another user's is NotFound.
/// Reads, Watch and Stop interleave: they never wait behind a generation.
/// </summary>
[Alias("ChatLoop.IConversationGrain")]
public interface IConversationGrain : IGrainWithStringKey
{
    /// <summary>Idempotent for the same owner.</summary>
    Task<ConversationSnapshot> Create(string userId, string? title);

    [AlwaysInterleave]
    Task<ConversationSnapshot> GetSnapshot(string userId);

    /// <summary>Stores the user turn and starts the answer. Returns once both turns are durable.</summary>
    Task<RunReceipt> Send(string userId, SendMessage message);

    /// <summary>Starts another answer to the same user turn.</summary>
    Task<RunReceipt> Answer(string userId, AnswerRequest request);

    /// <summary>
    /// Reads a run's log from <paramref name="fromSeq"/> (1 = all), then follows it to its Done or Error event. Works for a run
    /// that has ended. Ending the enumeration ends the reading, never the run.
    /// </summary>
    [AlwaysInterleave]
    IAsyncEnumerable<RunEvent> Watch(string userId, string runId, int fromSeq, CancellationToken cancellationToken);

    /// <summary>Ends the run; the stored text ends where the user had seen it end. Returns the stored turn.</summary>
    [AlwaysInterleave]
    Task<Turn> Stop(string userId, string runId, int seenSeq);

    Task Rename(string userId, string title);

    /// <summary>Deletes the text. Feedback already given stays until it is withdrawn.</summary>
    Task Delete(string userId);

    /// <summary>What a judgement of this answer is about. Invalid unless the answer is finished.</summary>
    [AlwaysInterleave]
    Task<RatedContext> GetRatedAnswer(string userId, string turnId);

    /// <summary>What a judgement of this comparison is about. NotFound unless it was issued to this user.</summary>
    [AlwaysInterleave]
    Task<RatedContext> GetRatedComparison(string userId, string comparisonId);

    /// <summary>What a demonstration is about: the prompt, and the answer that it was begun from, if any.</summary>
    [AlwaysInterleave]
    Task<RatedContext> GetDemonstratedPrompt(string userId, string userTurnId, string? suggestionTurnId);

    /// <summary>Ends the blind after a verdict is durable. Idempotent.</summary>
    Task<ConversationSnapshot> RevealComparison(string userId, string comparisonId);
}

/// <summary>A user's list of conversations; the key is the user's id.</summary>
[Alias("ChatLoop.IConversationIndexGrain")]
public interface IConversationIndexGrain : IGrainWithStringKey
{
    Task Upsert(ConversationSummary summary);
    Task Remove(string conversationId);
    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<ConversationSummary>> List();
}
