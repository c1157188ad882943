namespace ChatLoop.Grains.Conversations;

/// <summary>The answers that this silo's conversations are writing. Thread-safe.</summary>
public sealed class AnswersUnderWay
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _stored = [];

    /// <summary>So long a silo that stops lets them end.</summary>
    public TimeSpan Patience { get; set; }

    public int Count
    {
        get { lock (_gate) return _stored.Count; }
    }

    /// <param name="stored">Ends when the answer's last state is on disk.</param>
    internal void Add(Task stored)
    {
        lock (_gate) _stored.Add(stored);
        stored.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Ignore();
    }

    /// <summary>Ends once none is under way, those included that begin meanwhile.</summary>
    public async Task End(CancellationToken cancellationToken)
    {
        while (All() is { Length: > 0 } under) await Task.WhenAll(under).WaitAsync(cancellationToken);
    }

    private void Remove(Task stored)
    {
        lock (_gate) _stored.Remove(stored);
    }

    private Task[] All()
    {
        lock (_gate) return [.. _stored];
    }
}
