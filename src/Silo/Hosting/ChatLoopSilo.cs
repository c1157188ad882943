using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Feedback.Postgres;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Silo.Clustering;
using ChatLoop.Silo.Serving;
using ChatLoop.Silo.Storage;
using ChatLoop.Silo.Training;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Storage;

namespace ChatLoop.Silo.Hosting;

/// <summary>Puts a silo together.</summary>
public static class ChatLoopSilo
{
    /// <summary>
    /// A silo in this process. By default it is alone, with all that it needs in one data folder; the section Cluster makes it one of
    /// several (<see cref="ChatLoopClusterOptions"/>). Settings: Data:Folder, Silo:Port, Silo:GatewayPort, Silo:AdvertisedAddress,
    /// Model:Starter, Model:Path, and the sections Cluster, Engine and Learning.
    /// </summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static IHostApplicationBuilder AddChatLoopSilo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => DataFolder.Open(services.GetRequiredService<IConfiguration>()[DataFolder.Setting]));
        builder.UseOrleans(silo => silo
            .UseChatLoopClustering()
            .AddChatLoopGrains());
        // Hosted services start in the order in which they are added: the silo is up when these begin.
        builder.Services.AddServing();
        builder.Services.AddTraining();
        return builder;
    }

    /// <summary>
    /// What grains need, except an IPolicyEngine, an ILoopTrainer and an IEffectWorker. The container must know a <see cref="DataFolder"/>.
    /// </summary>
    public static ISiloBuilder AddChatLoopGrains(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LearningSignal>();
        services.AddMetrics();
        services.AddSingleton<ServiceMetrics>();
        services.AddSingleton<ServingMilestones>();
        services.AddOptions<CollectionOptions>().BindConfiguration(CollectionOptions.Section);
        services.TryAddSingleton(provider => Validated(provider.GetRequiredService<IOptions<CollectionOptions>>().Value));
        services.TryAddSingleton<IAnswerScorer, NoAnswerScorer>();
        services.AddSingleton(provider => new RunFolders(provider.GetRequiredService<DataFolder>().Runs));
        silo.AddStorage(ChatLoopClusterOptions.Read(silo.Configuration));
        return silo;
    }

    /// <summary>Of grain state, of the feedback ledger and, on PostgreSQL, of reminders.</summary>
    private static void AddStorage(this ISiloBuilder silo, ChatLoopClusterOptions options)
    {
        silo.Services.AddSingleton(provider => new FeedbackStore(
            options.Storage == ClusterStorage.PostgreSql
                ? new PostgresLedger(provider.GetRequiredService<NpgsqlDataSource>())
                : new SqliteLedger(provider.GetRequiredService<DataFolder>().FeedbackDatabase),
            provider.GetRequiredService<LearningSignal>(),
            provider.GetRequiredService<TimeProvider>()));
        silo.Services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, IGrainStorage (provider, _) =>
        {
            var serializer = new OrleansGrainStorageSerializer(provider.GetRequiredService<Serializer>());
            return options.Storage == ClusterStorage.PostgreSql
                ? new PostgresGrainStorage(provider.GetRequiredService<NpgsqlDataSource>(), options.ServiceId, serializer)
                : new SqliteGrainStorage(provider.GetRequiredService<DataFolder>().GrainDatabase, serializer);
        });
        if (options.Storage != ClusterStorage.PostgreSql) return;
        silo.Services.AddPostgres(options, LedgerTables.Needed);
        silo.Services.AddHostedService<LearningSignalRelay>();
        silo.UseAdoNetReminderService((OptionsBuilder<AdoNetReminderTableOptions> adoNet) => adoNet.Configure<NpgsqlDataSource>(
            (reminders, database) => (reminders.Invariant, reminders.DataSource) = (ChatLoopClustering.Npgsql, database)));
    }

    /// <summary>The checkpoint store, the engine that serves the live policy, and the service that keeps it live.</summary>
    private static void AddServing(this IServiceCollection services)
    {
        services.AddOptions<StarterOptions>().BindConfiguration(StarterOptions.Section).ValidateOnStart();
        services.AddOptions<PolicyEngineOptions>().BindConfiguration("Engine");
        services.TryAddSingleton(provider => new CheckpointStore(provider.GetRequiredService<DataFolder>().Checkpoints));
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<PolicyEngineOptions>>().Value);
        services.TryAddSingleton<IPolicyEngine, PolicyEngine>();
        services.AddHostedService<LivePolicyService>();
        services.AddSingleton<RewardModelScorer>();
        services.AddSingleton<IAnswerScorer>(provider => provider.GetRequiredService<RewardModelScorer>());
        services.AddHostedService<LiveRewardModelService>();
    }

    private static void AddTraining(this IServiceCollection services)
    {
        services.AddOptions<LearningOptions>().BindConfiguration(CollectionOptions.Section);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<LearningOptions>>().Value);
        services.TryAddSingleton<ILoopTrainer, LoopTrainer>();
        services.TryAddSingleton<IEffectWorker, EffectWorker>();
        services.AddHostedService<TrainingResumption>();
    }

    private static CollectionOptions Validated(CollectionOptions options)
    {
        options.Validate();
        return options;
    }
}
