using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Conversations;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Feedback.Postgres;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Silo.Clustering;
using ChatLoop.Silo.Operations;
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
using Orleans.Dashboard;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Storage;

namespace ChatLoop.Silo.Hosting;

/// <summary>Puts a silo together.</summary>
public static class ChatLoopSilo
{
    /// <summary>
    /// A silo in this process. By default it is alone, with all roles and all that it needs in one data folder; the section Cluster makes
    /// it one of several (<see cref="ChatLoopClusterOptions"/>). Settings: Silo:Roles, Silo:Port, Silo:GatewayPort,
    /// Silo:AdvertisedAddress, Data:Folder, Model:Starter, Model:Path, and the sections Cluster, Engine, Learning and Checkpoints.
    /// </summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static IHostApplicationBuilder AddChatLoopSilo(this IHostApplicationBuilder builder)
    {
        var roles = RoleSetting.Read(builder.Configuration);
        if (roles == SiloRole.None) throw ChatLoopException.Invalid("Silo:Roles is none, but this program is a silo: choose serve, train or all.");
        builder.Services.AddDataFolder();
        builder.UseOrleans(silo =>
        {
            silo.UseChatLoopClustering().AddActivityPropagation().AddChatLoopGrains(roles);
            if (DashboardSettings.Read(builder.Configuration).Enabled) silo.AddDashboard(dashboard => dashboard.HideTrace = true);
        });
        // Hosted services start in the order in which they are added: the silo is up when these begin.
        builder.Services.AddModels();
        if (roles.HasFlag(SiloRole.Serve)) builder.Services.AddServing();
        if (roles.HasFlag(SiloRole.Train)) builder.Services.AddTraining();
        // Once all others could start: what it deletes is not urgent.
        builder.Services.AddHostedService<ForgottenCheckpoints>();
        return builder;
    }

    /// <summary>
    /// No silo in this process: grains are called through the gateways of the cluster's silos. Settings: Data:Folder, Silo:GatewayPort of a
    /// Local cluster, and the section Cluster.
    /// </summary>
    /// <exception cref="ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static IHostApplicationBuilder AddChatLoopClient(this IHostApplicationBuilder builder)
    {
        builder.Services.AddDataFolder();
        SteadyClock.Use(builder.Services);
        builder.UseOrleansClient(client =>
        {
            client.UseChatLoopClustering().AddActivityPropagation().UseConnectionRetryFilter<GatewayPatience>();
            if (DashboardSettings.Read(builder.Configuration).Enabled) client.AddDashboard(dashboard => dashboard.HideTrace = true);
        });
        return builder;
    }

    private static void AddDataFolder(this IServiceCollection services) =>
        services.AddSingleton(provider => DataFolder.Open(provider.GetRequiredService<IConfiguration>()[DataFolder.Setting]));

    /// <summary>
    /// What grains need, except an IPolicyEngine, an ILoopTrainer and an IEffectWorker. The container must know a <see cref="DataFolder"/>.
    /// </summary>
    public static ISiloBuilder AddChatLoopGrains(this ISiloBuilder silo, SiloRole roles = SiloRole.All)
    {
        SiloRoles.Use(silo, roles);
        var services = silo.Services;
        SteadyClock.Use(services);
        services.AddSingleton<LearningSignal>();
        services.AddMetrics();
        services.AddSingleton<ServiceMetrics>();
        services.AddSingleton<ServingMilestones>();
        services.AddSingleton<AnswersUnderWay>();
        services.AddSingleton<ForgettingSurvey>();
        services.AddOptions<CollectionOptions>().BindConfiguration(CollectionOptions.Section);
        services.TryAddSingleton(provider => Validated(provider.GetRequiredService<IOptions<CollectionOptions>>().Value));
        services.AddOptions<FeedbackOptions>().BindConfiguration(FeedbackOptions.Section).Validate(options => options.Validate()).ValidateOnStart();
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<FeedbackOptions>>().Value);
        services.TryAddSingleton<IAnswerScorer, NoAnswerScorer>();
        services.TryAddSingleton<IServedPolicies, LivePolicyOnly>();
        services.AddSharedCheckpoints();
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
        if (options.Storage != ClusterStorage.PostgreSql)
        {
            // Of one silo, which asks at its start what is due.
            silo.UseInMemoryReminderService();
            return;
        }
        silo.Services.AddPostgres(options, LedgerTables.Needed);
        silo.Services.AddHostedService<LearningSignalRelay>();
        silo.UseAdoNetReminderService((OptionsBuilder<AdoNetReminderTableOptions> adoNet) => adoNet.Configure<NpgsqlDataSource>(
            (reminders, database) => (reminders.Invariant, reminders.DataSource) = (ChatLoopClustering.Npgsql, database)));
    }

    /// <summary>What every silo that runs models needs.</summary>
    private static void AddModels(this IServiceCollection services)
    {
        services.AddOptions<StarterOptions>().BindConfiguration(StarterOptions.Section).ValidateOnStart();
        services.TryAddSingleton(provider => new CheckpointStore(provider.GetRequiredService<DataFolder>().Checkpoints));
        services.AddOptions<LearningOptions>().BindConfiguration(CollectionOptions.Section);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<LearningOptions>>().Value);
    }

    /// <summary>The engine that serves the live policy, and the service that keeps it live.</summary>
    private static void AddServing(this IServiceCollection services)
    {
        services.AddOptions<PolicyEngineOptions>().BindConfiguration(PolicyEngineOptions.Section);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<PolicyEngineOptions>>().Value);
        services.TryAddSingleton<IPolicyEngine, PolicyEngine>();
        services.AddHostedService<LivePolicyService>();
        services.AddSingleton<ServedPolicies>();
        services.AddSingleton<IServedPolicies>(provider => provider.GetRequiredService<ServedPolicies>());
        services.AddHostedService<CanaryPolicyService>();
        services.AddSingleton<RewardModelScorer>();
        services.AddSingleton<IAnswerScorer>(provider => provider.GetRequiredService<RewardModelScorer>());
        services.AddHostedService<LiveRewardModelService>();
        // The last to start is the first to stop: the engine and the reward model's scorer are there until it has ended.
        services.AddOptions<ShutdownOptions>().BindConfiguration(ShutdownOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddHostedService<AnswerDrain>();
    }

    private static void AddTraining(this IServiceCollection services)
    {
        services.TryAddSingleton<ILoopTrainer>(provider => ActivatorUtilities.CreateInstance<SharingTrainer>(
            provider, ActivatorUtilities.CreateInstance<LoopTrainer>(provider)));
        services.TryAddSingleton<IEffectWorker>(provider => new SharingEffectWorker(
            ActivatorUtilities.CreateInstance<EffectWorker>(provider), provider.GetRequiredService<ICheckpointExchange>()));
        services.AddHostedService<TrainingResumption>();
    }

    private static CollectionOptions Validated(CollectionOptions options)
    {
        options.Validate();
        return options;
    }
}
