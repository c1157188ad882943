using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
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
    /// Embedded mode: one silo in this process, with all that it needs in one data folder. Settings: Data:Folder, Silo:Port,
    /// Silo:GatewayPort, Model:Starter, Model:Path, and the sections Engine, Learning and Checkpoints.
    /// </summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static IHostApplicationBuilder AddChatLoopSilo(this IHostApplicationBuilder builder)
    {
        var ports = SiloPorts.Choose(builder.Configuration);
        builder.Services.AddSingleton(services => DataFolder.Open(services.GetRequiredService<IConfiguration>()[DataFolder.Setting]));
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(ports.Silo, ports.Gateway, serviceId: "chatloop", clusterId: "chatloop")
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
        services.AddSingleton(provider => new FeedbackStore(
            provider.GetRequiredService<DataFolder>().FeedbackDatabase,
            provider.GetRequiredService<LearningSignal>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddMetrics();
        services.AddSingleton<ServiceMetrics>();
        services.AddSingleton<ServingMilestones>();
        services.AddOptions<CollectionOptions>().BindConfiguration(CollectionOptions.Section);
        services.TryAddSingleton(provider => Validated(provider.GetRequiredService<IOptions<CollectionOptions>>().Value));
        services.TryAddSingleton<IAnswerScorer, NoAnswerScorer>();
        services.AddSharedCheckpoints();
        services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (provider, _) => new SqliteGrainStorage(
            provider.GetRequiredService<DataFolder>().GrainDatabase,
            new OrleansGrainStorageSerializer(provider.GetRequiredService<Serializer>())));
        return silo;
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
