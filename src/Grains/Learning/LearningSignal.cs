namespace ChatLoop.Grains.Learning;

/// <summary>
/// Says that ledger, trainers or registry of this process changed, not what. A waiter that gives the number it saw last misses
/// nothing.
/// </summary>
public sealed class LearningSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public void Raise()
    {
        TaskCompletionSource raised;
        lock (_lock)
        {
            _count++;
            raised = _raised;
            _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        raised.SetResult();
    }

    /// <summary>Ends once the count is above <paramref name="seen"/>.</summary>
    public Task WaitBeyond(long seen, CancellationToken cancellationToken)
    {
        lock (_lock) return _count > seen ? Task.CompletedTask : _raised.Task.WaitAsync(cancellationToken);
    }
}
