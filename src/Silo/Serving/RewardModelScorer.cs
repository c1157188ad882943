using ChatLoop.Contracts.Conversations;
using ChatLoop.Grains.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Silo.Serving;

/// <summary>
/// Scores answers with the live version's reward model, which it loads, uses and disposes on a thread of its own. Few requests wait;
/// a further one is refused rather than late.
/// </summary>
public sealed class RewardModelScorer : IAnswerScorer, IDisposable
{
    private const int MostWaiting = 8;

    private readonly CheckpointStore _store;
    private readonly LearningOptions _options;
    private readonly TrainingThread _thread;
    private int _asked;
    private int _disposed;
    private volatile bool _isReady;

    // The thread's own.
    private RewardModel? _model;
    private FeedbackTokens? _tokens;
    private int _pad;

    public RewardModelScorer(CheckpointStore store, LearningOptions options)
    {
        (_store, _options) = (store, options);
        _thread = new TrainingThread(options.IntraOpThreads, "reward model");
    }

    /// <inheritdoc/>
    public bool IsReady => _isReady;

    /// <summary>Takes another reward model, or none. Ends once it is used; where it cannot be loaded there is none.</summary>
    /// <param name="folder">In the checkpoint store.</param>
    /// <exception cref="Contracts.Errors.ChatLoopException">The checkpoint is damaged or missing.</exception>
    public Task Swap(string? folder) => Run(_ =>
    {
        Unload();
        if (folder is not null) Load(folder);
        return true;
    }, CancellationToken.None);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<HeadEstimate>?> Score(
        IReadOnlyList<PromptMessage> prompt, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken cancellationToken)
    {
        if (!_isReady || Volatile.Read(ref _asked) > MostWaiting) return null;
        return await Run(token => Estimate(prompt, answers, token), cancellationToken).WaitAsync(cancellationToken);
    }

    /// <summary>As often as one likes: the container knows it under two names.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _thread.Dispose();
        Unload();
    }

    private IReadOnlyList<HeadEstimate>? Estimate(
        IReadOnlyList<PromptMessage> prompt, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken cancellationToken)
    {
        if (_model is null || _tokens!.Prompt(prompt, answers.Max(a => a.Count)) is not { } question) return null;
        return _model.Estimates([.. answers.Select(a => new TokenizedAnswer(question, a))], _pad, _options.MicroBatchTokens, cancellationToken);
    }

    private void Load(string folder)
    {
        using var loaded = _store.Load(folder);
        _model = RewardModel.From(loaded.Transformer.Weights, loaded.Heads);
        _tokens = new(loaded.Template, loaded.Transformer.Config.MaxPositions);
        _pad = loaded.Template.Pad;
        _isReady = true;
    }

    private void Unload()
    {
        _isReady = false;
        _model?.Dispose();
        _model = null;
    }

    /// <summary>One under way is not waiting: with it, one more is asked for than waits.</summary>
    private async Task<T> Run<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        try
        {
            return await _thread.Run(work, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _asked);
        }
    }
}
