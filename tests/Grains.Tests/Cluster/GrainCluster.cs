using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Contracts.Learning;
using ChatLoop.Contracts.Users;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Model.Generation;
using ChatLoop.Silo.Hosting;
using ChatLoop.Silo.Storage;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>
/// A silo with real storage in a folder of its own, and a client that reaches it over the wire. Only model and trainer are scripted.
/// </summary>
public sealed class GrainCluster : IAsyncDisposable
{
    private readonly TimeProvider _clock;
    private readonly CheckpointOptions? _checkpoints;
    private InProcessTestCluster? _cluster;

    private readonly string? _database;

    private GrainCluster(string folder, CollectionOptions collection, TimeProvider clock, CheckpointOptions? checkpoints, string? database) =>
        (Folder, Collection, _clock, _checkpoints, _database) = (folder, collection, clock, checkpoints, database);

    public string Folder { get; }
    public CollectionOptions Collection { get; }
    public ScriptedEngine Engine { get; private set; } = new();
    public ScriptedPolicies Policies { get; private set; } = null!;
    public ScriptedScorer Scorer { get; } = new();
    public ScriptedTrainer Trainer { get; private set; } = new();
    public ScriptedEffectWorker Effects { get; private set; } = new();
    public IServiceProvider Silo => _cluster!.GetSiloServiceProvider();
    public IClusterClient Client => _cluster!.Client;

    /// <param name="checkpoints">Where runs keep what another silo needs to go on; null: in the folder.</param>
    /// <param name="database">Connection string of the PostgreSQL database that keeps everything; null for files in the folder.</param>
    public static async Task<GrainCluster> Start(
        CollectionOptions? collection = null, string? folder = null, TimeProvider? clock = null, CheckpointOptions? checkpoints = null, string? database = null)
    {
        var cluster = new GrainCluster(folder ?? Directory.CreateTempSubdirectory("chatloop-grains-").FullName,
            collection ?? new CollectionOptions { PairsPerRun = 4, RetryPause = TimeSpan.Zero }, clock ?? TimeProvider.System, checkpoints, database);
        await cluster.Deploy();
        return cluster;
    }

    public IConversationGrain Conversation(string id) => Client.GetGrain<IConversationGrain>(id);
    public IConversationIndexGrain Index(string user) => Client.GetGrain<IConversationIndexGrain>(user);
    public IUserGrain User(string user) => Client.GetGrain<IUserGrain>(user);
    public IFeedbackLedgerGrain Ledger(string user) => Client.GetGrain<IFeedbackLedgerGrain>(FeedbackLedgerShards.ShardOf(user));
    public IFeedbackEffectGrain Effect(string feedbackId) => Client.GetGrain<IFeedbackEffectGrain>(feedbackId);
    public ICheckpointRegistryGrain Registry => Client.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);
    public IRewardTrainerGrain RewardTrainer => Client.GetGrain<IRewardTrainerGrain>(ServedModel.Name);
    public IPolicyTrainerGrain PolicyTrainer => Client.GetGrain<IPolicyTrainerGrain>(ServedModel.Name);
    public ICanaryGrain Canary => Client.GetGrain<ICanaryGrain>(ServedModel.Name);
    public IForgettingGrain Forgetting => Client.GetGrain<IForgettingGrain>(ServedModel.Name);
    public ILearningGrain Learning => Client.GetGrain<ILearningGrain>(ServedModel.Name);

    /// <summary>An orderly restart: grains are deactivated, then a new process would start on the same folder.</summary>
    public async Task Restart()
    {
        await _cluster!.DisposeAsync();
        (Engine, Trainer, Effects) = (new(), new(), new());
        await Deploy();
    }

    /// <summary>
    /// What a kill -9 would have left: a second cluster on a copy of the files as they are now (and on the same database, if there is
    /// one), while this one, which knows nothing of it, still holds everything in memory. Where runs are in a container, the second one has
    /// another disk: it gets no files of runs.
    /// </summary>
    public async Task<GrainCluster> AfterKill()
    {
        var copy = Directory.CreateTempSubdirectory("chatloop-grains-killed-").FullName;
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(Folder, file);
            if (relative == "silo.lock" || relative.EndsWith("-shm", StringComparison.Ordinal)) continue;
            if (_checkpoints is not null && relative.StartsWith("runs", StringComparison.Ordinal)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, relative))!);
            File.Copy(file, Path.Combine(copy, relative));
        }
        return await Start(Collection, copy, _clock, _checkpoints, _database);
    }

    /// <summary>What the silo's start does once it is up.</summary>
    public async Task ResumeTraining()
    {
        await RewardTrainer.Resume();
        await PolicyTrainer.Resume();
        await Canary.Resume();
    }

    /// <summary>The grain leaves memory; the next call reads it from disk.</summary>
    public Task Deactivate(IAddressable grain) => _cluster!.DeactivateAsync(grain);

    public async ValueTask DisposeAsync()
    {
        await _cluster!.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task Deploy()
    {
        var builder = new InProcessTestClusterBuilder(1);
        if (_database is not null)
            builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(
            [
                new("Cluster:Storage", "PostgreSql"), new("Cluster:ConnectionString", _database),
            ]));
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(_ => DataFolder.Open(Folder));
            silo.Services.AddSingleton<IPolicyEngine>(Engine);
            silo.Services.AddSingleton<IServedPolicies>(Policies = new(Engine));
            silo.Services.AddSingleton<IAnswerScorer>(Scorer);
            silo.Services.AddSingleton<ILoopTrainer>(Trainer);
            silo.Services.AddSingleton<IEffectWorker>(Effects);
            silo.Services.AddSingleton(Collection);
            silo.Services.AddSingleton(_clock);
            if (_checkpoints is not null) silo.Services.AddSingleton(_checkpoints);
            silo.AddChatLoopGrains();
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }
}
