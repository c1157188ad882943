using System.Diagnostics;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Engine.Bench;

/// <summary>Clients of an engine, some of whom give up, and what became of their requests.</summary>
/// <param name="requests">With the answer that each gets alone.</param>
internal sealed class SoakClients(PolicyEngine engine, IReadOnlyList<(GenerationRequest Request, SingleAnswer Alone)> requests)
{
    private const double GivingUp = 1.0 / 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>When each client that waits got its last piece, as <see cref="Stopwatch"/> timestamps; 0 for one that does not wait.</summary>
    private readonly long[] _waiting = new long[1024];
    private long _whole, _different, _cut, _cancelled, _versionsFell, _longest;

    public string Report(TimeSpan stuck) =>
        $"{_whole} whole answers, {_different} others than alone, {_cut} cut, {_versionsFell} whose version fell, {_cancelled} cancelled, "
        + $"{_waiting.Count(since => since > 0 && Stopwatch.GetElapsedTime(since) > stuck)} stuck; longest wait {_longest} ms";

    public async Task Chat(int client, CancellationToken stop)
    {
        var random = new Random(client);
        while (!stop.IsCancellationRequested)
        {
            var (request, alone) = requests[random.Next(requests.Count)];
            using var patience = new CancellationTokenSource();
            if (random.NextDouble() < GivingUp) patience.CancelAfter(Patience * random.NextDouble());
            try
            {
                Judge(await Read(client, request, patience.Token), alone);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
            }
            _waiting[client] = 0;
        }
    }

    private async Task<List<GeneratedChunk>> Read(int client, GenerationRequest request, CancellationToken cancel)
    {
        _waiting[client] = Stopwatch.GetTimestamp();
        List<GeneratedChunk> chunks = [];
        await foreach (var chunk in engine.Generate(request, cancel))
        {
            chunks.Add(chunk);
            var waited = (long)Stopwatch.GetElapsedTime(_waiting[client]).TotalMilliseconds;
            // Lost races cost a report nothing: the longest wait of another client is as good.
            if (waited > Volatile.Read(ref _longest)) Volatile.Write(ref _longest, waited);
            _waiting[client] = Stopwatch.GetTimestamp();
        }
        return chunks;
    }

    private void Judge(List<GeneratedChunk> chunks, SingleAnswer alone)
    {
        int[] versions = [.. chunks.SelectMany(c => c.Tokens).Select(t => t.Version)];
        if (!versions.Order().SequenceEqual(versions)) Interlocked.Increment(ref _versionsFell);
        if (chunks is not [.., { Finish: FinishReason.EndOfTurn or FinishReason.Length or FinishReason.StopString }]) Interlocked.Increment(ref _cut);
        else if (string.Concat(chunks.Select(c => c.Text)) != alone.Text || chunks[^1].Finish != alone.Finish) Interlocked.Increment(ref _different);
        else Interlocked.Increment(ref _whole);
    }
}
