namespace ChatLoop.Grains.Learning;

/// <summary>
/// Says that ledger, trainers or registry changed, not what. A waiter that gives the number it saw last misses nothing. It knows of
/// changes in this process; where there are several, something else must tell it of the others'.
/// </summary>
public sealed class LearningSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _count;
    private long _own;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Of them, changes in this process.</summary>
    public long OwnCount => Interlocked.Read(ref _own);

    /// <summary>Something changed in this process.</summary>
    public void Raise() => Raise(own: 1);

    /// <summary>Something changed in another process.</summary>
    public void RaiseFromElsewhere() => Raise(own: 0);

    /// <summary>Ends once the count is above <paramref name="seen"/>.</summary>
    public Task WaitBeyond(long seen, CancellationToken cancellationToken)
    {
        lock (_lock) return _count > seen ? Task.CompletedTask : _raised.Task.WaitAsync(cancellationToken);
    }

    private void Raise(int own)
    {
        TaskCompletionSource raised;
        lock (_lock)
        {
            _own += own;
            _count++;
            raised = _raised;
            _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        raised.SetResult();
    }
}
