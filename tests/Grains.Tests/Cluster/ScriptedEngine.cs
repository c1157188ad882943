using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>A policy engine that says what the test says.</summary>
public sealed class ScriptedEngine : IPolicyEngine
{
    private readonly Channel<ScriptedAnswer> _asked = Channel.CreateUnbounded<ScriptedAnswer>();

    public int? LiveVersion { get; private set; } = 1;

    public SamplingParameters DefaultSampling { get; set; } = new();

    /// <summary>Folders that cannot be loaded.</summary>
    public HashSet<string> Damaged { get; } = [];

    public List<(int Version, string Folder)> Swaps { get; } = [];

    /// <summary>The next answer that was asked for.</summary>
    public ValueTask<ScriptedAnswer> NextAnswer(CancellationToken cancellationToken) => _asked.Reader.ReadAsync(cancellationToken);

    public async IAsyncEnumerable<GeneratedChunk> Generate(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var answer = new ScriptedAnswer(request, cancellationToken);
        await _asked.Writer.WriteAsync(answer, cancellationToken);
        await foreach (var chunk in answer.Chunks.ReadAllAsync(cancellationToken)) yield return chunk;
    }

    public Task Swap(int version, string checkpointFolder, CancellationToken cancellationToken)
    {
        if (Damaged.Contains(checkpointFolder))
            throw new Contracts.Errors.ChatLoopException(Contracts.Errors.ErrorCode.DamagedCheckpoint, $"The checkpoint file '{checkpointFolder}/model.safetensors' is damaged.");
        lock (Swaps) Swaps.Add((version, checkpointFolder));
        LiveVersion = version;
        return Task.CompletedTask;
    }
}

/// <summary>One answer under the test's control. Each token says its text; its id counts up, its log-probability is minus its id.</summary>
public sealed class ScriptedAnswer
{
    private readonly Channel<GeneratedChunk> _chunks = Channel.CreateUnbounded<GeneratedChunk>();
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _tokens;

    public ScriptedAnswer(GenerationRequest request, CancellationToken cancellationToken)
    {
        Request = request;
        cancellationToken.Register(_cancelled.SetResult);
    }

    public GenerationRequest Request { get; }

    public ChannelReader<GeneratedChunk> Chunks => _chunks.Reader;

    /// <summary>Ends when the conversation no longer wants the answer.</summary>
    public Task Cancelled => _cancelled.Task;

    public ScriptedAnswer Say(string text, int version = 1)
    {
        _tokens++;
        _chunks.Writer.TryWrite(new(text, [new(_tokens, -_tokens, version)], Finish: null));
        return this;
    }

    public void End(FinishReason finish = FinishReason.EndOfTurn) => _chunks.Writer.TryWrite(new("", [], finish));

    public void Fail(Exception error) => _chunks.Writer.TryComplete(error);
}
