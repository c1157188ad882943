using System.Collections.Immutable;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Storage;

namespace ChatLoop.Grains.Conversations;

[GenerateSerializer, Immutable, Alias("ChatLoop.ConversationIndexState")]
public sealed record ConversationIndexState
{
    [Id(0)]
    public ImmutableDictionary<string, ConversationSummary> Conversations { get; init; } =
        ImmutableDictionary<string, ConversationSummary>.Empty;
}

/// <summary>A user's list of conversations.</summary>
[RequiresRole(SiloRole.Serve)]
public sealed class ConversationIndexGrain([PersistentState("conversation-index")] IPersistentState<ConversationIndexState> index)
    : Grain, IConversationIndexGrain
{
    private readonly DurableState<ConversationIndexState> _state = new(index);

    /// <summary>An older summary that arrives late does not replace a newer one.</summary>
    public Task Upsert(ConversationSummary summary) => _state.Change(state =>
        state.Conversations.TryGetValue(summary.ConversationId, out var known) && (known == summary || known.UpdatedAt > summary.UpdatedAt)
            ? state
            : state with { Conversations = state.Conversations.SetItem(summary.ConversationId, summary) });

    public Task Remove(string conversationId) => _state.Change(state =>
        state.Conversations.ContainsKey(conversationId) ? state with { Conversations = state.Conversations.Remove(conversationId) } : state);

    public Task<IReadOnlyList<ConversationSummary>> List() => Task.FromResult<IReadOnlyList<ConversationSummary>>(
        _state.Value.Conversations.Values.OrderByDescending(c => c.UpdatedAt).ThenByDescending(c => c.ConversationId, StringComparer.Ordinal).ToArray());
}
