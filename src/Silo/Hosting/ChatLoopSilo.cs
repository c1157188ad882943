using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Conversations;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
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
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Storage;

namespace ChatLoop.Silo.Hosting;

/// <summary>Puts a silo together.</summary>
public static class ChatLoopSilo
{
    /// <summary>
    /// One silo in this process, by default with all roles and all that it needs in one data folder. Settings: Silo:Roles, Data:Folder,
    /// Silo:Port, Silo:GatewayPort, Model:Starter, Model:Path, and the sections Engine and Learning.
    /// </summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static IHostApplicationBuilder AddChatLoopSilo(this IHostApplicationBuilder builder)
    {
        var roles = RoleSetting.Read(builder.Configuration);
        if (roles == SiloRole.None) throw ChatLoopException.Invalid("Silo:Roles is none, but this program is a silo: choose serve, train or all.");
        var ports = SiloPorts.Choose(builder.Configuration);
        builder.Services.AddSingleton(services => DataFolder.Open(services.GetRequiredService<IConfiguration>()[DataFolder.Setting]));
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(ports.Silo, ports.Gateway, serviceId: "chatloop", clusterId: "chatloop")
            .AddChatLoopGrains(roles));
        // Hosted services start in the order in which they are added: the silo is up when these begin.
        builder.Services.AddModels();
        if (roles.HasFlag(SiloRole.Serve)) builder.Services.AddServing();
        if (roles.HasFlag(SiloRole.Train)) builder.Services.AddTraining();
        return builder;
    }

    /// <summary>
    /// What grains need, except an IPolicyEngine, an ILoopTrainer and an IEffectWorker. The container must know a <see cref="DataFolder"/>.
    /// </summary>
    public static ISiloBuilder AddChatLoopGrains(this ISiloBuilder silo, SiloRole roles = SiloRole.All)
    {
        SiloRoles.Use(silo, roles);
        var services = silo.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LearningSignal>();
        services.AddSingleton(provider => new FeedbackStore(
            provider.GetRequiredService<DataFolder>().FeedbackDatabase,
            provider.GetRequiredService<LearningSignal>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddMetrics();
        services.AddSingleton<ServiceMetrics>();
        services.AddSingleton<ServingMilestones>();
        services.AddSingleton<AnswersUnderWay>();
        services.AddOptions<CollectionOptions>().BindConfiguration(CollectionOptions.Section);
        services.TryAddSingleton(provider => Validated(provider.GetRequiredService<IOptions<CollectionOptions>>().Value));
        services.TryAddSingleton<IAnswerScorer, NoAnswerScorer>();
        services.AddSingleton(provider => new RunFolders(provider.GetRequiredService<DataFolder>().Runs));
        services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (provider, _) => new SqliteGrainStorage(
            provider.GetRequiredService<DataFolder>().GrainDatabase,
            new OrleansGrainStorageSerializer(provider.GetRequiredService<Serializer>())));
        return silo;
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
        services.AddOptions<PolicyEngineOptions>().BindConfiguration("Engine");
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<PolicyEngineOptions>>().Value);
        services.TryAddSingleton<IPolicyEngine, PolicyEngine>();
        services.AddHostedService<LivePolicyService>();
        services.AddSingleton<RewardModelScorer>();
        services.AddSingleton<IAnswerScorer>(provider => provider.GetRequiredService<RewardModelScorer>());
        services.AddHostedService<LiveRewardModelService>();
        // The last to start is the first to stop: the engine and the reward model's scorer are there until it has ended.
        services.AddOptions<ShutdownOptions>().BindConfiguration(ShutdownOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddHostedService<AnswerDrain>();
    }

    private static void AddTraining(this IServiceCollection services)
    {
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
