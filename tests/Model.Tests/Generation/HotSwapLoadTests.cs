using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Model.Tests.Generation;

[Collection(LiveTensors.Name)]
public sealed class HotSwapLoadTests
{
    private const int Swaps = 100;

    /// <summary>No answer is cut or refused, versions only go up, and tensors are as many as before.</summary>
    [Fact]
    public async Task A_hundred_swaps_under_load_cut_no_answer_and_leave_no_tensor()
    {
        await using var fixture = new EngineFixture();
        var engine = await fixture.Start("a", new() { MaxConcurrent = 4, ContextTokens = 200 });
        await fixture.Answer(engine, EngineFixture.Request("warm up"));
        var before = LiveTensors.Count();
        using var swapped = new CancellationTokenSource();

        var clients = Enumerable.Range(0, 6).Select(client => Task.Run(() => Chat(fixture, engine, client, swapped.Token))).ToList();
        for (var version = 2; version <= Swaps + 1; version++) await engine.Swap(version, version % 2 == 0 ? "b" : "a", fixture.HangGuard);
        await swapped.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(a => a).ToList();

        Assert.Equal(Swaps + 1, engine.LiveVersion);
        Assert.All(answers, a => Assert.Equal((60, FinishReason.Length), (a.Tokens.Count, a.Finish)));
        Assert.All(answers, a => Assert.Equal(a.Tokens.Select(t => t.Version).Order(), a.Tokens.Select(t => t.Version)));
        Assert.Contains(answers, a => a.Tokens[0].Version != a.Tokens[^1].Version);
        Assert.Equal(before + LiveTensors.CountedByMistake(EngineFixture.Config, Swaps), LiveTensors.Count());
    }

    [Fact]
    public async Task Generations_cancellations_and_refusals_leave_no_tensor()
    {
        await using var fixture = new EngineFixture();
        var before = LiveTensors.Count();
        var engine = await fixture.Start("ending");

        for (var i = 0; i < 50; i++)
        {
            await fixture.Answer(engine, EngineFixture.Request("hello", new() { Seed = i, MaxTokens = 1 + i }));
            await foreach (var _ in engine.Generate(EngineFixture.Endless(), fixture.HangGuard)) break;
        }
        await Assert.ThrowsAnyAsync<Exception>(() => engine.Swap(2, "nowhere", fixture.HangGuard));
        await engine.DisposeAsync();

        Assert.Equal(before + LiveTensors.CountedByMistake(EngineFixture.Config, models: 1), LiveTensors.Count());
    }

    private static async Task<List<WholeAnswer>> Chat(EngineFixture fixture, PolicyEngine engine, int client, CancellationToken swapped)
    {
        List<WholeAnswer> answers = [];
        while (!swapped.IsCancellationRequested)
            answers.Add(await fixture.Answer(engine, EngineFixture.Request("hello", new() { Seed = client, MaxTokens = 60 })));
        return answers;
    }
}
