using ChatLoop.Contracts.Conversations;
using ChatLoop.Grains.Generation;
using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>A reward model of two heads that says what the test says; by default there is none.</summary>
public sealed class ScriptedScorer : IAnswerScorer
{
    /// <summary>By an answer's number of tokens; null where it is too busy.</summary>
    public Func<int, HeadEstimate>? Estimates { get; set; }

    public bool IsReady { get; set; }

    public Task<IReadOnlyList<HeadEstimate>?> Score(
        IReadOnlyList<PromptMessage> prompt, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<HeadEstimate>?>(Estimates is { } estimates ? [.. answers.Select(a => estimates(a.Count))] : null);
}
