using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Model.Tests.Generation;

[Collection(LiveTensors.Name)]
public sealed class HotSwapLoadTests
{
    private const int WarmUps = 50;
    private const int Swaps = 1000;
    /// <summary>A checkpoint's managed part alone, its vocabulary above all, takes more than a hundred kilobytes.</summary>
    private const long ManagedBytesPerSwap = 1024;

    /// <summary>No answer is cut or refused, versions only go up, and tensors and managed memory are what they were before.</summary>
    [Fact]
    public async Task A_thousand_swaps_under_load_cut_no_answer_and_leave_memory_flat()
    {
        await using var fixture = new EngineFixture();
        var engine = await fixture.Start("a", new() { MaxConcurrent = 4, ContextTokens = 200 });
        await SwapUnderLoad(fixture, engine, from: 2, WarmUps);
        var (tensors, managed) = (LiveTensors.Count(), GC.GetTotalMemory(forceFullCollection: true));

        var answers = await SwapUnderLoad(fixture, engine, from: WarmUps + 2, Swaps);

        Assert.Equal(WarmUps + Swaps + 1, engine.LiveVersion);
        Assert.True(answers.WithSeveralVersions > 0);
        Assert.Equal(tensors + LiveTensors.CountedByMistake(EngineFixture.Config, Swaps), LiveTensors.Count());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - managed, long.MinValue, Swaps * ManagedBytesPerSwap);
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

    /// <summary>Returns how many answers there were, and how many were written by more than one version.</summary>
    private static async Task<(int All, int WithSeveralVersions)> SwapUnderLoad(EngineFixture fixture, PolicyEngine engine, int from, int count)
    {
        using var swapped = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 6).Select(client => Task.Run(() => Chat(fixture, engine, client, swapped.Token))).ToList();
        for (var version = from; version < from + count; version++) await engine.Swap(version, version % 2 == 0 ? "b" : "a", fixture.HangGuard);
        await swapped.CancelAsync();
        var answers = await Task.WhenAll(clients);
        return (answers.Sum(a => a.All), answers.Sum(a => a.WithSeveralVersions));
    }

    /// <summary>Judges each answer as it comes and keeps none, so that memory is the engine's.</summary>
    private static async Task<(int All, int WithSeveralVersions)> Chat(EngineFixture fixture, PolicyEngine engine, int client, CancellationToken swapped)
    {
        var (all, withSeveralVersions) = (0, 0);
        for (; !swapped.IsCancellationRequested; all++)
        {
            var answer = await fixture.Answer(engine, EngineFixture.Request("hello", new() { Seed = client, MaxTokens = 60 }));
            Assert.Equal((60, FinishReason.Length), (answer.Tokens.Count, answer.Finish));
            int[] versions = [.. answer.Tokens.Select(t => t.Version)];
            Assert.Equal(versions.Order(), versions);
            if (versions[0] != versions[^1]) withSeveralVersions++;
        }
        return (all, withSeveralVersions);
    }
}
