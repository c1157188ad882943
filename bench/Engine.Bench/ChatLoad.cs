using System.Collections.Concurrent;
using System.Diagnostics;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Engine.Bench;

/// <summary>When two pieces of one answer came, as <see cref="Stopwatch"/> timestamps.</summary>
internal readonly record struct Gap(long From, long To)
{
    public double Milliseconds => Stopwatch.GetElapsedTime(From, To).TotalMilliseconds;
}

/// <summary>Chats that ask, read the whole answer as it comes, and ask again at once.</summary>
internal sealed class ChatLoad(PolicyEngine engine, int chats)
{
    private readonly ConcurrentBag<List<Gap>> _gaps = [];
    private int _answers, _refused, _cut, _tokens, _withoutVersion;

    public int Answers => _answers;
    public int Tokens => _tokens;
    /// <summary>Answers that the engine did not begin.</summary>
    public int Refused => _refused;
    /// <summary>Answers that ended neither by themselves nor by their token limit.</summary>
    public int Cut => _cut;
    /// <summary>Tokens of no version, or of an older one than the token before them.</summary>
    public int WithoutVersion => _withoutVersion;
    public double Seconds { get; private set; }
    public IEnumerable<Gap> Gaps => _gaps.SelectMany(g => g);

    /// <summary>Runs while the work does; answers under way then are read to their end.</summary>
    public async Task During(Func<Task> work)
    {
        using var stop = new CancellationTokenSource();
        var start = Stopwatch.GetTimestamp();
        Task[] all = [.. Enumerable.Range(0, chats).Select(chat => Task.Run(() => Chat(new Random(chat), stop.Token)))];
        await work();
        await stop.CancelAsync();
        await Task.WhenAll(all);
        Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task Chat(Random random, CancellationToken stop)
    {
        List<Gap> gaps = [];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Answer(ChatRequests.Next(random), gaps);
            }
            catch (ChatLoopException)
            {
                Interlocked.Increment(ref _refused);
            }
        }
        _gaps.Add(gaps);
    }

    private async Task Answer(GenerationRequest request, List<Gap> gaps)
    {
        var (last, version, finish) = (0L, 1, (FinishReason?)null);
        await foreach (var chunk in engine.Generate(request, CancellationToken.None))
        {
            var now = Stopwatch.GetTimestamp();
            if (last > 0) gaps.Add(new(last, now));
            (last, finish) = (now, chunk.Finish);
            Interlocked.Add(ref _tokens, chunk.Tokens.Count);
            foreach (var token in chunk.Tokens)
            {
                if (token.Version < version) Interlocked.Increment(ref _withoutVersion);
                version = Math.Max(version, token.Version);
            }
        }
        Interlocked.Increment(ref _answers);
        if (finish is not (FinishReason.EndOfTurn or FinishReason.Length or FinishReason.StopString)) Interlocked.Increment(ref _cut);
    }
}
