using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Transformers;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>What one answer was, all its chunks put together.</summary>
internal sealed record WholeAnswer(string Text, IReadOnlyList<GeneratedToken> Tokens, FinishReason Finish)
{
    public static WholeAnswer Of(IReadOnlyList<GeneratedChunk> chunks)
    {
        Assert.All(chunks.SkipLast(1), c => Assert.Null(c.Finish));
        return new(string.Concat(chunks.Select(c => c.Text)), [.. chunks.SelectMany(c => c.Tokens)], Assert.NotNull(chunks[^1].Finish));
    }
}

/// <summary>A store with two endless writers "a" and "b" and one that ends its answers, "ending"; and engines over them.</summary>
internal sealed class EngineFixture : IAsyncDisposable
{
    /// <summary>Room for an answer that outlasts any test: it ends by being cancelled.</summary>
    public static readonly TransformerConfig Config = TinyPolicy.Config with { MaxPositions = 50_000 };

    private readonly TemporaryFolder _folder = new();
    private readonly List<PolicyEngine> _engines = [];
    private readonly CancellationTokenSource _hangGuard = new(TimeSpan.FromMinutes(3));

    public EngineFixture()
    {
        Store = new CheckpointStore(_folder.Path);
        Save("a", seed: 1);
        Save("b", seed: 2);
        Save("ending", seed: 3, endsAnswers: true);
    }

    public CheckpointStore Store { get; }
    public StallingLogger Logger { get; } = new();
    public CancellationToken HangGuard => _hangGuard.Token;

    public void Save(string folder, long seed, bool endsAnswers = false, TransformerConfig? config = null)
    {
        using var weights = TinyPolicy.Weights(seed, endsAnswers, config ?? Config);
        Store.Save(folder, TinyCheckpoint.Contents(weights));
    }

    public string PathOf(string folder, string file) => Path.Combine(Store.Root, folder, file);

    public async Task<PolicyEngine> Start(string? folder, PolicyEngineOptions? options = null)
    {
        var engine = new PolicyEngine(Store, options ?? new() { MaxConcurrent = 2 }, Logger);
        _engines.Add(engine);
        if (folder is not null) await engine.Swap(1, folder, HangGuard);
        return engine;
    }

    public static GenerationRequest Request(string text, SamplingParameters? sampling = null) =>
        new([new(TurnRole.User, text)], sampling ?? new() { Seed = 1, MaxTokens = 20 });

    /// <summary>An answer that goes on until it is cancelled.</summary>
    public static GenerationRequest Endless() => Request("on and on", new() { Seed = 1, MaxTokens = 40_000 });

    public async Task<WholeAnswer> Answer(PolicyEngine engine, GenerationRequest request)
    {
        List<GeneratedChunk> chunks = [];
        await foreach (var chunk in engine.Generate(request, HangGuard)) chunks.Add(chunk);
        return WholeAnswer.Of(chunks);
    }

    /// <summary>Starts an answer; once this returns it is active.</summary>
    public async Task<IAsyncEnumerator<GeneratedChunk>> Begin(PolicyEngine engine, GenerationRequest request, CancellationToken? cancellation = null)
    {
        var answer = engine.Generate(request, cancellation ?? HangGuard).GetAsyncEnumerator();
        Assert.True(await answer.MoveNextAsync());
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        Logger.Resume();
        foreach (var engine in _engines) await engine.DisposeAsync();
        _hangGuard.Dispose();
        _folder.Dispose();
        Logger.Dispose();
    }
}

/// <summary>Keeps what was logged, and can hold the engine's thread at the moment when it has swapped.</summary>
internal sealed class StallingLogger : ILogger<PolicyEngine>, IDisposable
{
    private const int SwappedIn = 1;
    private readonly ManualResetEventSlim _resumed = new(true);
    private readonly SemaphoreSlim _stalled = new(0);

    public System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Message)> Entries { get; } = [];

    /// <summary>The next swap stalls the engine until <see cref="Resume"/>.</summary>
    public void StallAtNextSwap() => _resumed.Reset();

    public Task Stalled(CancellationToken cancellationToken) => _stalled.WaitAsync(cancellationToken);

    public void Resume() => _resumed.Set();

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Entries.Enqueue((logLevel, formatter(state, exception)));
        if (eventId.Id != SwappedIn || _resumed.IsSet) return;
        _stalled.Release();
        _resumed.Wait();
    }

    public bool IsEnabled(LogLevel logLevel) => true;
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Dispose()
    {
        _resumed.Dispose();
        _stalled.Dispose();
    }
}
