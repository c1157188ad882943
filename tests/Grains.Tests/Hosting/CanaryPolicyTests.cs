using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Hosting;

/// <summary>A version on trial answers beside the live one on an engine of its own, and no answer is cut when its trial ends.</summary>
public sealed class CanaryPolicyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-silo-").FullName;

    private string[] Settings =>
    [
        $"--Data:Folder={Path.Combine(_folder, "data")}", $"--Model:Starter={Path.Combine(_folder, "models", "starter")}", "--Learning:Canary:Share=1",
    ];

    public CanaryPolicyTests() => RunningSilo.MakeStarter(Path.Combine(_folder, "models"));

    [Fact]
    public async Task Version_on_trial_answers_until_it_is_stopped_and_then_the_live_one_does()
    {
        await using var silo = await RunningSilo.Start(Settings);
        await PutOnTrial(silo, 2);
        var conversation = silo.Grains.GetGrain<IConversationGrain>(NewId());
        await conversation.Create("ada", title: null);

        var first = await AnswerBy(2);
        Assert.Equal(1, silo.Engine.LiveVersion);
        await silo.Registry.EndCanary(2, promote: false, "Enough.", "eve");
        var second = await AnswerBy(1);
        Assert.NotEqual(first, second);
        Assert.All((await conversation.GetSnapshot("ada")).Turns.Where(t => t.Role == TurnRole.Assistant), t => Assert.Equal(TurnStatus.Complete, t.Status));

        async Task<string> AnswerBy(int version)
        {
            // The silo follows the registry in the background.
            var guard = Guard;
            while (true)
            {
                guard.ThrowIfCancellationRequested();
                var receipt = await conversation.Say("ada", "Hello!");
                var end = (await conversation.ReadAll("ada", receipt.RunId))[^1];
                Assert.Equal(RunEventKind.Done, end.Kind);
                if (end.Version == version) return receipt.RunId;
            }
        }
    }

    [Fact]
    public async Task Answer_of_the_trial_ends_as_it_began_although_the_trial_ends_first()
    {
        await using var silo = await RunningSilo.Start([.. Settings, "--Engine:ContextTokens=512"]);
        await PutOnTrial(silo, 2);
        var conversation = silo.Grains.GetGrain<IConversationGrain>(NewId());
        await conversation.Create("ada", title: null);
        var guard = Guard;
        RunReceipt receipt;
        do
        {
            guard.ThrowIfCancellationRequested();
            // Never ends by itself within the limit: the end of the trial comes first.
            receipt = await conversation.Send("ada", new SendMessage(NewId(), "Go on!", null, new SamplingParameters { MaxTokens = 400, Seed = 3 }));
        }
        while ((await conversation.ReadUntil("ada", receipt.RunId, e => e.Version is not null))[^1].Version != 2);
        await silo.Registry.EndCanary(2, promote: false, "Enough.", "eve");

        var events = await conversation.ReadAll("ada", receipt.RunId);
        Assert.Equal(RunEventKind.Done, events[^1].Kind);
        Assert.Equal([2], (await conversation.TurnOf("ada", receipt.AnswerTurnId)).Versions.Select(v => v.Version));
    }

    [Fact]
    public async Task Damaged_version_is_never_tried_and_the_trail_says_why()
    {
        await using var silo = await RunningSilo.Start(Settings);
        await PutOnTrial(silo, 2, damaged: true);
        await foreach (var served in silo.Registry.WatchServed(Guard).WithCancellation(Guard))
            if (served.Trial is null) break;
        var decision = (await silo.Registry.Decisions())[^1];
        Assert.Equal((2, CheckpointStage.Rejected, DecisionMaker.Silo), (decision.Version, decision.Stage, decision.By));
        Assert.Contains("damaged", decision.Reason, StringComparison.Ordinal);
        Assert.Equal(1, (await silo.Registry.GetLive()).Version);
    }

    [Fact]
    public async Task Version_that_goes_live_after_its_trial_answers_everyone()
    {
        await using var silo = await RunningSilo.Start(Settings);
        await PutOnTrial(silo, 2);
        await silo.Registry.EndCanary(2, promote: true, "It is better.", DecisionMaker.Canary);
        var guard = Guard;
        while (silo.Engine.LiveVersion != 2)
        {
            guard.ThrowIfCancellationRequested();
            await Task.Yield();
        }
        Assert.Equal(2, (await silo.Registry.GetLive()).Version);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task PutOnTrial(RunningSilo silo, int version, bool damaged = false)
    {
        await silo.Registry.Reserve($"run-{version}");
        var manifest = RunningSilo.Save(silo.Store, $"v{version}", seed: version);
        if (damaged)
        {
            var file = Path.Combine(silo.Store.Root, $"v{version}", "model.safetensors");
            var bytes = await File.ReadAllBytesAsync(file, Guard);
            bytes[^9] ^= 0x40;
            await File.WriteAllBytesAsync(file, bytes, Guard);
        }
        await silo.Registry.Register(new()
        {
            Version = version,
            Parent = 1,
            RunId = $"run-{version}",
            Folder = $"v{version}",
            WeightsHash = manifest.WeightsHash,
            CreatedAt = DateTimeOffset.UtcNow,
        });
        var passes = new GateReport([new GateCheck("kl", 3, 15, "at most 15", Passed: true)]);
        Assert.Equal(CheckpointStage.Canary, (await silo.Registry.Decide(version, passes, new CheckpointMetrics())).Stage);
    }
}
