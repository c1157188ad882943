using System.Collections.Concurrent;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Grains.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

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
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private int _waiting;
    private int _disposed;
    private volatile bool _isReady;

    // The thread's own.
    private RewardModel? _model;
    private FeedbackTokens? _tokens;
    private int _pad;

    public RewardModelScorer(CheckpointStore store, LearningOptions options)
    {
        (_store, _options) = (store, options);
        _thread = new Thread(Run) { IsBackground = true, Name = "reward model" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public bool IsReady => _isReady;

    /// <summary>Takes another reward model, or none. Ends once it is used; where it cannot be loaded there is none.</summary>
    /// <param name="folder">In the checkpoint store.</param>
    /// <exception cref="Contracts.Errors.ChatLoopException">The checkpoint is damaged or missing.</exception>
    public Task Swap(string? folder) => Enqueue(() =>
    {
        Unload();
        if (folder is not null) Load(folder);
        return true;
    });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<HeadEstimate>?> Score(
        IReadOnlyList<PromptMessage> prompt, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken cancellationToken)
    {
        if (!_isReady || Volatile.Read(ref _waiting) >= MostWaiting) return null;
        return await Enqueue(() => Estimate(prompt, answers, cancellationToken)).WaitAsync(cancellationToken);
    }

    /// <summary>As often as one likes: the container knows it under two names.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
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

    private void Run()
    {
        set_num_threads(_options.IntraOpThreads);
        foreach (var work in _work.GetConsumingEnumerable()) work();
        Unload();
    }

    private Task<T> Enqueue<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref _waiting);
        try
        {
            _work.Add(() =>
            {
                Interlocked.Decrement(ref _waiting);
                try
                {
                    done.SetResult(work());
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            });
        }
        catch (InvalidOperationException closed)
        {
            throw new ObjectDisposedException("The service is stopping.", closed);
        }
        return done.Task;
    }
}
