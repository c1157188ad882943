using System.Diagnostics;
using System.Threading.Channels;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// One thread for model work that does not serve, one piece after the other, so that no request or grain thread ever waits in a
/// model. It yields to the threads that serve.
/// </summary>
public sealed class TrainingThread : IDisposable
{
    private readonly Channel<Action> _queue = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;

    public TrainingThread(int intraOpThreads, string name = "training")
    {
        _thread = new Thread(() => Work(intraOpThreads)) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>
    /// Queues work. It is given a token that is cancelled with <paramref name="cancellationToken"/> and when the thread is disposed;
    /// work whose token is cancelled before its turn never starts.
    /// </summary>
    public Task<T> Run<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var trace = Activity.Current;
        var queued = _queue.Writer.TryWrite(() =>
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            Activity.Current = trace;
            try
            {
                linked.Token.ThrowIfCancellationRequested();
                completion.SetResult(work(linked.Token));
            }
            catch (OperationCanceledException) when (linked.IsCancellationRequested)
            {
                completion.SetCanceled(linked.Token);
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        });
        ObjectDisposedException.ThrowIf(!queued, this);
        return completion.Task;
    }

    /// <summary>Cancels what runs and what waits, and returns when the thread has ended.</summary>
    public void Dispose()
    {
        if (!_queue.Writer.TryComplete()) return;
        _stopping.Cancel();
        _thread.Join();
        _stopping.Dispose();
    }

    private void Work(int intraOpThreads)
    {
        TrainingWorkers.PrepareCurrentThread(intraOpThreads);
        while (true)
        {
            while (_queue.Reader.TryRead(out var work)) work();
#pragma warning disable VSTHRD002 // This thread has nothing else to do: it must block until there is work.
            if (!_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) return;
#pragma warning restore VSTHRD002
        }
    }
}
