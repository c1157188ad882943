using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;

namespace ChatLoop.Model.Generation;

/// <summary>One sampled token: its log-probability in nats under the distribution that sampled it, and the checkpoint that made it.</summary>
public readonly record struct GeneratedToken(int Id, float LogProbability, int Version)
{
    /// <summary>
    /// The likeliest tokens of the same distribution, the likeliest first: as many as were asked for, fewer where the cut leaves fewer. Null
    /// when none were asked for.
    /// </summary>
    public IReadOnlyList<TokenLogProbability>? Alternatives { get; init; }
}

/// <summary>
/// What one or more decode steps added to an answer. Text never ends inside a UTF-8 character or a possible stop string; the last
/// chunk has a finish reason and brings whatever text was held back.
/// </summary>
public sealed record GeneratedChunk(string Text, IReadOnlyList<GeneratedToken> Tokens, FinishReason? Finish);

/// <summary>Messages, oldest first, ending with the user's. The engine applies the chat template and drops the oldest turns that do not fit.</summary>
/// <param name="TopLogProbabilities">How many likeliest tokens come with each token, 0 to 20. They change nothing of what is sampled.</param>
public sealed record GenerationRequest(IReadOnlyList<PromptMessage> Messages, SamplingParameters Sampling, int TopLogProbabilities = 0);

/// <summary>
/// Serves the live policy on its own thread, many answers at once; callers only await channels. A swap loads the new weights on
/// another thread and takes effect between two decode steps: answers under way go on, and their later tokens carry the new version.
/// </summary>
public interface IPolicyEngine
{
    /// <summary>The version that the next token comes from; null until the first checkpoint is loaded.</summary>
    int? LiveVersion { get; }

    /// <summary>For requests that say nothing of it: as the live model's makers advise.</summary>
    SamplingParameters DefaultSampling => new();

    /// <summary>Answers that could begin at once without making another one wait.</summary>
    int FreePlaces => int.MaxValue;

    /// <summary>
    /// Streams one answer. The sequence ends with a chunk that has a finish reason. Cancelling frees the slot at once.
    /// </summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid parameters, or Busy when the queue is full.</exception>
    IAsyncEnumerable<GeneratedChunk> Generate(GenerationRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Loads, verifies and swaps in a checkpoint; returns once the next decode step uses it. On a damaged checkpoint it throws and
    /// the live one stays.
    /// </summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">DamagedCheckpoint, with the file and what is wrong with it.</exception>
    Task Swap(int version, string checkpointFolder, CancellationToken cancellationToken);
}
