using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Grains.Generation;

/// <summary>The reward model that the live version was trained with. It works on a thread of its own; callers only await.</summary>
public interface IAnswerScorer
{
    /// <summary>False where the live version has no reward model, as the starter.</summary>
    bool IsReady { get; }

    /// <summary>What each of its heads makes of each whole answer to a prompt; null where it is not ready, too busy, or the prompt too long.</summary>
    /// <param name="answers">In tokens, the end of turn included.</param>
    Task<IReadOnlyList<HeadEstimate>?> Score(
        IReadOnlyList<PromptMessage> prompt, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken cancellationToken);
}

/// <summary>Of a silo that has no reward model to choose by.</summary>
public sealed class NoAnswerScorer : IAnswerScorer
{
    public bool IsReady => false;

    public Task<IReadOnlyList<HeadEstimate>?> Score(
        IReadOnlyList<PromptMessage> prompt, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<HeadEstimate>?>(null);
}
