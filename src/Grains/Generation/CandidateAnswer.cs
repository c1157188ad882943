using System.Threading.Channels;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Grains.Generation;

/// <summary>
/// An answer that is sampled before it is known whether anybody will see it: its chunks wait for a reader. Disposing it gives its place
/// in the batch back. Used on one grain's scheduler only.
/// </summary>
internal sealed class CandidateAnswer : IDisposable
{
    private readonly Channel<GeneratedChunk> _chunks = Channel.CreateUnbounded<GeneratedChunk>();
    private readonly CancellationTokenSource _cancellation;
    private readonly List<int> _tokens = [];
    private bool _isDisposed;

    public CandidateAnswer(IPolicyEngine engine, GenerationRequest request, CancellationToken cancellationToken)
    {
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Seed = request.Sampling.Seed!.Value;
        Ended = Read(engine, request, _cancellation.Token);
    }

    public long Seed { get; }
    public ChannelReader<GeneratedChunk> Chunks => _chunks.Reader;

    /// <summary>Ends with the answer, also with one that failed. Never throws: whoever reads the chunks gets the error.</summary>
    public Task Ended { get; }

    /// <summary>So far.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>The model ended it by itself.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>As often as one likes.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _cancellation.Cancel();
        _cancellation.Dispose();
    }

    private async Task Read(IPolicyEngine engine, GenerationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in engine.Generate(request, cancellationToken))
            {
                _tokens.AddRange(chunk.Tokens.Select(t => t.Id));
                IsWhole = chunk.Finish == FinishReason.EndOfTurn;
                _chunks.Writer.TryWrite(chunk);
                if (chunk.Finish is not null) break;
            }
            _chunks.Writer.Complete();
        }
        catch (Exception error)
        {
            _chunks.Writer.Complete(error);
        }
    }
}
