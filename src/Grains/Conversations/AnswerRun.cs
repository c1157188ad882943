using ChatLoop.Grains.Generation;

namespace ChatLoop.Grains.Conversations;

/// <summary>A run as its conversation holds it in memory: under way, or ended not long ago.</summary>
internal sealed class AnswerRun : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AnswerRun(string runId, string turnId, TimeProvider clock)
    {
        (RunId, TurnId) = (runId, turnId);
        Draft = new(Log, clock);
        AskedAt = clock.GetTimestamp();
    }

    public string RunId { get; }
    public string TurnId { get; }
    /// <summary>A timestamp of the clock's.</summary>
    public long AskedAt { get; }
    public RunLog Log { get; } = new();
    public AnswerDraft Draft { get; }
    public CancellationToken Cancelled => _cancellation.Token;

    /// <summary>Whoever takes the end (the model, a stop, a shutdown) stores it; nobody else may.</summary>
    public bool EndTaken { get; private set; }

    /// <summary>Ends when the last state of the answer is on disk, or could not be written.</summary>
    public Task Stored => _stored.Task;

    public bool TryTakeEnd()
    {
        if (EndTaken) return false;
        EndTaken = true;
        return true;
    }

    public Task CancelGeneration() => _cancellation.CancelAsync();

    public void MarkStored() => _stored.TrySetResult();

    public void Dispose() => _cancellation.Dispose();
}
