using System.Diagnostics.CodeAnalysis;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace ChatLoop.Model.Generation;

/// <summary>A checkpoint and the version that it is served as.</summary>
internal sealed record LivePolicy(int Version, string Folder, LoadedCheckpoint Checkpoint);

/// <summary>
/// The engine's thread and what it shares with callers: the queue of waiting answers and pending swaps. Tensors of the batch are
/// touched by this thread alone.
/// </summary>
internal sealed class DecodeLoop : IAsyncDisposable
{
    private readonly PolicyEngineOptions _options;
    private readonly ILogger _logger;
    /// <summary>Guards what callers and the thread share; pulsed when there may be work.</summary>
    private readonly object _gate = new();
    private readonly LinkedList<AnswerUnderWay> _waiting = [];
    private readonly Queue<(LivePolicy Policy, TaskCompletionSource<LivePolicy?> Done)> _swaps = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopping;
    private volatile LivePolicy? _live;

    // The engine thread's own.
    private readonly Dictionary<int, AnswerUnderWay> _active = [];
    private BatchGenerator? _generator;

    public DecodeLoop(PolicyEngineOptions options, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        new Thread(Run) { IsBackground = true, Name = "policy engine" }.Start();
    }

    public LivePolicy? Live => _live;

    public int Active { get; private set; }

    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    public int ContextOf(TransformerConfig config) => _options.ContextOf(config);

    /// <summary>False when the queue is full.</summary>
    public bool TryEnqueue(AnswerUnderWay answer)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(PolicyEngine));
            if (_waiting.Count >= _options.QueueLimit) return false;
            _waiting.AddLast(answer);
            Monitor.Pulse(_gate);
        }
        return true;
    }

    /// <summary>The reader has gone: a waiting answer leaves the queue, an active one leaves the batch before the next step.</summary>
    public void Release(AnswerUnderWay answer)
    {
        if (answer.Finished) return;
        answer.Cancel();
        lock (_gate) _waiting.Remove(answer);
    }

    /// <summary>
    /// Hands a checkpoint to the engine thread, which owns it from then on. Completes once the next step will use it, with the one that it
    /// replaced: the caller's to dispose, because giving memory back to the system takes as long as a step.
    /// </summary>
    public Task<LivePolicy?> Swap(LivePolicy policy)
    {
        var done = new TaskCompletionSource<LivePolicy?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_stopping) policy.Checkpoint.Dispose();
            ObjectDisposedException.ThrowIf(_stopping, typeof(PolicyEngine));
            _swaps.Enqueue((policy, done));
            Monitor.Pulse(_gate);
        }
        return done.Task;
    }

    [SuppressMessage("Usage", "VSTHRD003", Justification = "The engine thread needs no other thread to end.")]
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
        await _stopped.Task;
    }

    private void Run()
    {
        set_num_threads(_options.IntraOpThreads);
        while (WaitForWork())
        {
            try
            {
                ApplySwaps();
                RemoveCancelled();
                AdmitWaiting();
                Step();
            }
            catch (Exception e)
            {
                _logger.StepFailed(e, _active.Count);
                EndAll(FinishReason.Failed);
            }
            Active = _active.Count;
        }
        End();
    }

    /// <summary>Blocks while there is nothing to do. False when the engine stops.</summary>
    private bool WaitForWork()
    {
        lock (_gate)
        {
            while (!_stopping && _active.Count == 0 && _waiting.Count == 0 && _swaps.Count == 0) Monitor.Wait(_gate);
            return !_stopping;
        }
    }

    private void ApplySwaps()
    {
        while (TryTake(_swaps, out var swap))
        {
            var (next, done) = swap;
            var previous = _live;
            try
            {
                var transformer = next.Checkpoint.Transformer;
                if (_generator is null)
                {
                    _generator = new BatchGenerator(transformer, next.Version, _options.MaxConcurrent, ContextOf(transformer.Config),
                        next.Checkpoint.Template.EndIds, _options.PrefillTokens);
                }
                else
                {
                    _generator.SwapWeights(transformer, next.Version);
                }
            }
            catch (Exception e)
            {
                next.Checkpoint.Dispose();
                done.SetException(e);
                continue;
            }
            _live = next;
            _logger.SwappedIn(next.Version, next.Folder, next.Checkpoint.WeightsHash, _active.Count);
            done.SetResult(previous);
        }
    }

    private void RemoveCancelled()
    {
        foreach (var (sequence, answer) in _active)
        {
            if (answer.Cancelled) Leave(sequence);
        }
    }

    private void AdmitWaiting()
    {
        while (_generator is { IsFull: false } && TakeWaiting() is { } answer)
        {
            if (answer.Cancelled) continue;
            try
            {
                _active[_generator.Admit(answer.Prompt, answer.Sampling, answer.Seed, answer.Alternatives, answer.Constraint)] = answer;
            }
            catch (Exception e)
            {
                _logger.PromptFailed(e, answer.Prompt.Count);
                answer.Finish(FinishReason.Failed);
            }
        }
    }

    private void Step()
    {
        if (_generator is null) return;
        foreach (var (sequence, token, finish) in _generator.Step())
        {
            var answer = _active[sequence];
            answer.Append(token, finish);
            if (answer.Finished) Leave(sequence);
        }
    }

    private void Leave(int sequence)
    {
        _generator!.Remove(sequence);
        _active.Remove(sequence);
    }

    private void EndAll(FinishReason reason)
    {
        foreach (var (sequence, answer) in _active)
        {
            answer.Finish(reason);
            Leave(sequence);
        }
    }

    private void End()
    {
        lock (_gate) _logger.Stopping(_active.Count + _waiting.Count);
        EndAll(FinishReason.Interrupted);
        while (TakeWaiting() is { } answer) answer.Finish(FinishReason.Interrupted);
        while (TryTake(_swaps, out var swap))
        {
            swap.Policy.Checkpoint.Dispose();
            swap.Done.SetException(new ObjectDisposedException(nameof(PolicyEngine)));
        }
        Active = 0;
        _generator?.Dispose();
        _live?.Checkpoint.Dispose();
        _live = null;
        _stopped.SetResult();
    }

    private AnswerUnderWay? TakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting.First is not { } first) return null;
            _waiting.RemoveFirst();
            return first.Value;
        }
    }

    private bool TryTake<T>(Queue<T> queue, out T item)
    {
        lock (_gate) return queue.TryDequeue(out item!);
    }
}
