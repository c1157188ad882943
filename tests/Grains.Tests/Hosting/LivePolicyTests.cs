using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Model.Checkpoints;
using Microsoft.Extensions.Logging;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Hosting;

/// <summary>The engine serves what the registry says, and never a damaged checkpoint.</summary>
public sealed class LivePolicyTests : IDisposable
{
    private static readonly GateReport Passes = new([new GateCheck("kl", 3, 15, "at most 15", Passed: true)]);
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-silo-").FullName;

    private string[] Settings => [$"--Data:Folder={Path.Combine(_folder, "data")}", $"--Model:Starter={Path.Combine(_folder, "models", "starter")}"];

    public LivePolicyTests() => RunningSilo.MakeStarter(Path.Combine(_folder, "models"));

    [Fact]
    public async Task First_start_serves_the_starter_and_a_promotion_reaches_running_answers()
    {
        await using var silo = await RunningSilo.Start(Settings);
        await Serves(silo, 1);
        Assert.Equal(silo.Store.ReadManifest("starter").WeightsHash, (await silo.Registry.GetLive()).WeightsHash);
        var conversation = silo.Grains.GetGrain<IConversationGrain>(NewId());
        await conversation.Create("ada", title: null);
        var first = await conversation.Say("ada", "Hello!");
        Assert.Equal(1, (await conversation.ReadAll("ada", first.RunId))[^1].Version);

        await Promote(silo, 2);

        await Serves(silo, 2);
        var second = await conversation.Say("ada", "And now?", first.AnswerTurnId);
        Assert.Equal(2, (await conversation.ReadAll("ada", second.RunId))[^1].Version);
    }

    [Fact]
    public async Task Restart_serves_the_live_version_and_needs_the_starters_folder_no_more()
    {
        await using (var silo = await RunningSilo.Start(Settings)) await Promote(silo, 2);
        Directory.Delete(Path.Combine(_folder, "models"), recursive: true);

        await using var later = await RunningSilo.Start(Settings);

        await Serves(later, 2);
    }

    [Fact]
    public async Task Damaged_live_checkpoint_is_named_and_the_newest_intact_one_takes_its_place()
    {
        await using (var silo = await RunningSilo.Start(Settings))
        {
            await Promote(silo, 2);
            await Promote(silo, 3);
            await Promote(silo, 4);
        }
        Damage("v4");
        Damage("v3");

        await using var later = await RunningSilo.Start(Settings);

        await Serves(later, 2);
        Assert.Contains(later.Log.Entries, e => e.Level == LogLevel.Error
            && e.Message.Contains(Path.Combine("v4", "model.safetensors"), StringComparison.Ordinal));
        await foreach (var live in later.Registry.WatchLive(Guard).WithCancellation(Guard))
            if (live.Version == 2) break;
        Assert.Contains("damaged", (await later.Registry.Decisions())[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_starter_ends_the_start_with_the_files_name()
    {
        var file = Path.Combine(_folder, "models", "starter", "model.safetensors");
        Flip(file);
        var error = await Refuses(ErrorCode.DamagedCheckpoint, () => RunningSilo.Start(Settings));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_starter_ends_the_start_with_the_setting()
    {
        Directory.Delete(Path.Combine(_folder, "models"), recursive: true);
        var error = await Refuses(ErrorCode.NotFound, () => RunningSilo.Start(Settings));
        Assert.Contains("--Model:Starter", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The first start imports the folder that Model:Path names; later ones need neither folder nor setting.</summary>
    [Fact]
    public async Task A_hugging_face_folder_takes_the_starters_place()
    {
        var path = PlainModel("other", seed: 7);
        string[] withPath = [.. Settings, $"--Model:Path={path}"];
        string hash;
        await using (var silo = await RunningSilo.Start(withPath))
        {
            await Serves(silo, 1);
            hash = (await silo.Registry.GetLive()).WeightsHash;
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(path, "model.safetensors"), Guard))), hash);
        }
        Directory.Delete(path, recursive: true);
        foreach (var settings in new[] { withPath, Settings })
        {
            await using var later = await RunningSilo.Start(settings);
            await Serves(later, 1);
            Assert.Equal(hash, later.Engine.LiveWeightsHash);
        }
    }

    [Fact]
    public async Task Another_model_than_the_stored_one_ends_the_start()
    {
        var (one, two) = (PlainModel("one", seed: 7), PlainModel("two", seed: 8));
        await using (var silo = await RunningSilo.Start([.. Settings, $"--Model:Path={one}"])) await Serves(silo, 1);

        var error = await Refuses(ErrorCode.Invalid, () => RunningSilo.Start([.. Settings, $"--Model:Path={two}"]));

        Assert.All([one, two, "--Model:Path", "--Data:Folder"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_folder_that_is_missing_or_unusable_ends_the_start()
    {
        var missing = Path.Combine(_folder, "nowhere");
        var error = await Refuses(ErrorCode.NotFound, () => RunningSilo.Start([.. Settings, $"--Model:Path={missing}"]));
        Assert.Contains($"'{missing}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("--Model:Path", error.Message, StringComparison.Ordinal);

        var model = PlainModel("bert", seed: 7);
        var config = Path.Combine(model, "config.json");
        await File.WriteAllTextAsync(config, """{"model_type":"bert"}""", Guard);
        error = await Refuses(ErrorCode.Invalid, () => RunningSilo.Start([.. Settings, $"--Model:Path={model}"]));
        Assert.Contains(config, error.Message, StringComparison.Ordinal);
        Assert.Contains("\"bert\"", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A folder without a manifest, as other tools write it.</summary>
    private string PlainModel(string name, long seed)
    {
        RunningSilo.Save(new CheckpointStore(Path.Combine(_folder, "hugging-face")), name, seed);
        var path = Path.Combine(_folder, "hugging-face", name);
        File.Delete(Path.Combine(path, "manifest.json"));
        return path;
    }

    private static async Task Promote(RunningSilo silo, int version)
    {
        var parent = await silo.Registry.GetLive();
        Assert.Equal(version, await silo.Registry.Reserve($"run-{version}"));
        var manifest = RunningSilo.Save(silo.Store, $"v{version}", seed: version);
        await silo.Registry.Register(new()
        {
            Version = version,
            Parent = parent.Version,
            RunId = $"run-{version}",
            Folder = $"v{version}",
            WeightsHash = manifest.WeightsHash,
            CreatedAt = DateTimeOffset.UtcNow,
        });
        Assert.Equal(CheckpointStage.Live, (await silo.Registry.Decide(version, Passes, new CheckpointMetrics())).Stage);
    }

    /// <summary>Asks until the engine answers with this version: the swap follows the registry in the background.</summary>
    private static async Task Serves(RunningSilo silo, int version)
    {
        var guard = Guard;
        while (silo.Engine.LiveVersion != version)
        {
            guard.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private void Damage(string folder) => Flip(Path.Combine(_folder, "data", "checkpoints", folder, "model.safetensors"));

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[^9] ^= 0x40;
        File.WriteAllBytes(file, bytes);
    }
}
