using System.Collections.Concurrent;
using ChatLoop.Contracts.Errors;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Storage;

/// <summary>A change that waits to become durable. Its caller is answered only after the transaction that holds it has committed.</summary>
public abstract class CommitRequest
{
    internal abstract void Complete();
    internal abstract void Fail(Exception error);
}

/// <summary>A change with an answer.</summary>
public abstract class CommitRequest<TResult> : CommitRequest
{
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<TResult>? _answer;

    /// <summary>Ends once the change is durable, or was refused.</summary>
    public Task<TResult> Completion => _completion.Task;

    /// <summary>The answer to give once the transaction has committed.</summary>
    public void Answer(Func<TResult> answer) => _answer = answer;

    /// <summary>The request changes nothing; the other requests of the transaction go on.</summary>
    public void Refuse(Exception error) => _answer = () => throw error;

    internal override void Complete()
    {
        try
        {
            _completion.TrySetResult(_answer!());
        }
        catch (Exception error)
        {
            _completion.TrySetException(error);
        }
    }

    internal override void Fail(Exception error) => _completion.TrySetException(error);
}

/// <summary>
/// Group commit: many callers hand in changes, one thread writes all that wait in one transaction, so that they share one flush
/// to disk. Callers only await; no caller's thread ever waits for the disk.
/// </summary>
/// <remarks>DeWitt et al., Implementation Techniques for Main Memory Database Systems, 1984.</remarks>
public sealed class GroupCommitWriter<TRequest> : IDisposable where TRequest : CommitRequest
{
    private readonly BlockingCollection<TRequest> _queue = [];
    private readonly Action<IReadOnlyList<TRequest>> _commit;
    private readonly int _largestBatch;
    private readonly Thread _thread;
    private int _disposed;

    /// <param name="name">Of the thread.</param>
    /// <param name="largestBatch">Most requests in one transaction.</param>
    /// <param name="commit">Runs all requests in one transaction; throws when nothing of it became durable.</param>
    public GroupCommitWriter(string name, int largestBatch, Action<IReadOnlyList<TRequest>> commit)
    {
        (_largestBatch, _commit) = (largestBatch, commit);
        _thread = new Thread(WriteUntilClosed) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <exception cref="ObjectDisposedException">The process is shutting down; nothing was written.</exception>
    public void Enqueue(TRequest request)
    {
        try
        {
            _queue.Add(request);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(_thread.Name, "The service is shutting down: nothing was stored. Try again once it is back.");
        }
    }

    private void WriteUntilClosed()
    {
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            List<TRequest> batch = [first];
            while (batch.Count < _largestBatch && _queue.TryTake(out var next)) batch.Add(next);
            Commit(batch);
        }
    }

    /// <summary>
    /// A batch that fails is tried again one by one, so that one bad request cannot take others down; but not where the store itself
    /// is down, which no single request is to blame for.
    /// </summary>
    private void Commit(List<TRequest> batch)
    {
        try
        {
            _commit(batch);
        }
        catch (Exception error)
        {
            if (batch.Count == 1) batch[0].Fail(error);
            else if (error is ChatLoopException { Code: ErrorCode.Busy }) foreach (var request in batch) request.Fail(error);
            else foreach (var request in batch) Commit([request]);
            return;
        }
        foreach (var request in batch) request.Complete();
    }

    /// <summary>Writes what waits, then ends the thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }
}
