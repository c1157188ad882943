using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>
/// A policy engine whose answers the test writes. A message without a script is echoed word by word: "You said: …".
/// </summary>
public sealed class ScriptedEngine : IPolicyEngine
{
    /// <summary>The token of every chunk, and of the last one.</summary>
    public const int Word = 7, EndOfTurn = 1;

    private readonly ConcurrentDictionary<string, ScriptedAnswer> _scripts = new(StringComparer.Ordinal);
    private int _version;

    public int? LiveVersion => Volatile.Read(ref _version) is var version and > 0 ? version : null;

    /// <summary>The next answer to this message is written by the test.</summary>
    public ScriptedAnswer Script(string message) => _scripts[message] = new ScriptedAnswer();

    public async IAsyncEnumerable<GeneratedChunk> Generate(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var message = request.Messages[^1].Text;
        if (_scripts.TryRemove(message, out var script))
        {
            await foreach (var text in script.Words.ReadAllAsync(cancellationToken)) yield return Chunk(text, null);
        }
        else
        {
            foreach (var word in $"You said: {message}".Split(' ')) yield return Chunk(word + " ", null);
        }
        yield return Chunk("", FinishReason.EndOfTurn);
    }

    public Task Swap(int version, string checkpointFolder, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _version, version);
        return Task.CompletedTask;
    }

    private GeneratedChunk Chunk(string text, FinishReason? finish) => new(text, [new GeneratedToken(finish is null ? Word : EndOfTurn, -1f, _version)], finish);
}

/// <summary>An answer that goes on as the test says.</summary>
public sealed class ScriptedAnswer
{
    private readonly Channel<string> _words = Channel.CreateUnbounded<string>();

    public ChannelReader<string> Words => _words.Reader;

    public void Write(string text) => Assert.True(_words.Writer.TryWrite(text));

    public void End() => _words.Writer.Complete();
}
