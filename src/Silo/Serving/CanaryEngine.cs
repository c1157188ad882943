using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Silo.Serving;

/// <summary>
/// The engine of a version on trial. After the trial the answers under way end on it, and whoever still asks it is answered by the live
/// one. Owns <paramref name="engine"/>.
/// </summary>
internal sealed class CanaryEngine(PolicyEngine engine, IPolicyEngine live) : IPolicyEngine, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answers;
    private bool _isOver;

    public int? LiveVersion => engine.LiveVersion;
    public SamplingParameters DefaultSampling => engine.DefaultSampling;
    public int FreePlaces => engine.FreePlaces;

    public async IAsyncEnumerable<GeneratedChunk> Generate(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!TryEnter())
        {
            await foreach (var chunk in live.Generate(request, cancellationToken)) yield return chunk;
            yield break;
        }
        try
        {
            await foreach (var chunk in engine.Generate(request, cancellationToken)) yield return chunk;
        }
        finally
        {
            Leave();
        }
    }

    public Task Swap(int version, string checkpointFolder, CancellationToken cancellationToken) => engine.Swap(version, checkpointFolder, cancellationToken);

    /// <summary>Takes no further answers, waits for those under way, and frees the engine.</summary>
    public async Task End()
    {
        lock (_lock)
        {
            _isOver = true;
            if (_answers == 0) _idle.TrySetResult();
        }
        await _idle.Task;
        await engine.DisposeAsync();
    }

    /// <summary>Interrupts the answers under way.</summary>
    public ValueTask DisposeAsync() => engine.DisposeAsync();

    private bool TryEnter()
    {
        lock (_lock)
        {
            if (_isOver) return false;
            _answers++;
            return true;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_answers == 0 && _isOver) _idle.TrySetResult();
        }
    }
}
