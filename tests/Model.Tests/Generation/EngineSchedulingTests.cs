using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Generation;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>Clients of one engine ask for answers of any length and leave when they like, under swaps between versions of the same weights.</summary>
public sealed class EngineSchedulingTests
{
    private const int Clients = 12;
    private const int AnswersEach = 8;
    private static readonly PolicyEngineOptions Options = new() { MaxConcurrent = 4, ContextTokens = 96, PrefillTokens = 16 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_answer_is_the_one_generated_alone_up_to_where_its_reader_left(int seed)
    {
        await using var fixture = new EngineFixture();
        fixture.Save("copy", seed: 3, endsAnswers: true);
        var engine = await fixture.Start("ending", Options);
        using var done = new CancellationTokenSource();

        var swaps = Task.Run(() => Swap(fixture, engine, done.Token));
        var clients = Enumerable.Range(0, Clients).Select(client => Task.Run(() => Chat(fixture, engine, new Random(100 * seed + client))));
        var reads = (await Task.WhenAll(clients)).SelectMany(r => r).ToList();
        await done.CancelAsync();
        var versions = await swaps;

        Assert.Equal(Clients * AnswersEach, reads.Count);
        Assert.True(versions > 1);
        Assert.Contains(reads, r => r.Left);
        using var checkpoint = fixture.Store.Load("ending");
        foreach (var read in reads) Check(read, SingleAnswer.Generate(checkpoint, read.Request, Options, fixture.HangGuard), versions);
        Assert.Equal((0, Options.MaxConcurrent), (engine.WaitingAnswers, await Free(engine, fixture)));
    }

    private static void Check(Read read, SingleAnswer alone, int versions)
    {
        var tokens = read.Chunks.SelectMany(c => c.Tokens).ToList();
        var text = string.Concat(read.Chunks.Select(c => c.Text));
        Assert.Equal(alone.Tokens.Take(tokens.Count), tokens.Select(t => t.Id));
        Assert.Equal(tokens.Select(t => t.Version).Order(), tokens.Select(t => t.Version));
        Assert.All(tokens, t => Assert.InRange(t.Version, 1, versions));
        if (read.Left) Assert.StartsWith(text, alone.Text, StringComparison.Ordinal);
        else Assert.Equal((alone.Text, alone.Tokens.Count, alone.Finish), (text, tokens.Count, read.Chunks[^1].Finish));
    }

    /// <summary>Swaps one after the other until all have been answered. Returns the last version.</summary>
    private static async Task<int> Swap(EngineFixture fixture, PolicyEngine engine, CancellationToken done)
    {
        var version = 1;
        while (!done.IsCancellationRequested) await engine.Swap(++version, version % 2 == 0 ? "copy" : "ending", fixture.HangGuard);
        return version;
    }

    private static async Task<List<Read>> Chat(EngineFixture fixture, PolicyEngine engine, Random random)
    {
        List<Read> reads = [];
        while (reads.Count < AnswersEach)
        {
            var request = RequestOf(random);
            reads.Add(random.Next(4) switch
            {
                0 => await Leave(engine, request, afterChunks: random.Next(1, 10), fixture.HangGuard),
                1 => await Cancel(engine, request, afterYields: random.Next(2000), fixture.HangGuard),
                _ => await ReadAll(engine, request, fixture.HangGuard),
            });
        }
        return reads;
    }

    /// <summary>One question, or the last one of a conversation that may be too long for the context.</summary>
    private static GenerationRequest RequestOf(Random random)
    {
        List<PromptMessage> messages = [];
        for (var turn = random.Next(4); turn > 0; turn--)
            messages.AddRange([new(TurnRole.User, Text(random)), new(TurnRole.Assistant, Text(random))]);
        messages.Add(new(TurnRole.User, Text(random)));
        return new(messages, new()
        {
            Seed = random.NextInt64(),
            MaxTokens = random.Next(1, 60),
            Temperature = random.Next(3) * 0.5,
            TopP = random.Next(2) == 0 ? 1 : 0.9,
            RepetitionPenalty = random.Next(2) == 0 ? 1 : 1.2,
            Stop = random.Next(4) == 0 ? ["e"] : [],
        });
    }

    private static string Text(Random random) => new([.. Enumerable.Range(0, random.Next(1, 50)).Select(_ => (char)('a' + random.Next(26)))]);

    private static async Task<Read> ReadAll(PolicyEngine engine, GenerationRequest request, CancellationToken cancel)
    {
        var read = new Read(request);
        await foreach (var chunk in engine.Generate(request, cancel)) read.Chunks.Add(chunk);
        return read;
    }

    private static async Task<Read> Leave(PolicyEngine engine, GenerationRequest request, int afterChunks, CancellationToken cancel)
    {
        var read = new Read(request);
        await foreach (var chunk in engine.Generate(request, cancel))
        {
            read.Chunks.Add(chunk);
            if (read.Chunks.Count == afterChunks) break;
        }
        read.Left = read.Chunks[^1].Finish is null;
        return read;
    }

    /// <summary>Cancels from elsewhere while the answer waits, its prompt runs or it streams.</summary>
    private static async Task<Read> Cancel(PolicyEngine engine, GenerationRequest request, int afterYields, CancellationToken hangGuard)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(hangGuard);
        var read = new Read(request);
        var leaving = Task.Run(async () =>
        {
            for (var i = 0; i < afterYields; i++) await Task.Yield();
            await gone.CancelAsync();
        }, hangGuard);
        try
        {
            await foreach (var chunk in engine.Generate(request, gone.Token)) read.Chunks.Add(chunk);
        }
        catch (OperationCanceledException) when (!hangGuard.IsCancellationRequested)
        {
            read.Left = true;
        }
        await leaving;
        return read;
    }

    /// <summary>Once one more answer has been given, those that were left before it have been taken out of the batch.</summary>
    private static async Task<int> Free(PolicyEngine engine, EngineFixture fixture)
    {
        await fixture.Answer(engine, EngineFixture.Request("last"));
        await engine.Swap(1000, "ending", fixture.HangGuard);
        return engine.FreePlaces;
    }

    private sealed record Read(GenerationRequest Request)
    {
        public List<GeneratedChunk> Chunks { get; } = [];
        /// <summary>Its reader went before the end.</summary>
        public bool Left { get; set; }
    }
}
