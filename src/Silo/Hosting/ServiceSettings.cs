using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Model.Generation;
using ChatLoop.Silo.Operations;
using ChatLoop.Silo.Serving;
using ChatLoop.Silo.Storage;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Configuration;

namespace ChatLoop.Silo.Hosting;

/// <summary>The sections that silos read, and their check before anything starts.</summary>
public static class ServiceSettings
{
    /// <summary>All of a silo. Web servers have more.</summary>
    public static KnownSettings OfSilo { get; } = new KnownSettings(new Dictionary<string, KnownSettings?>(StringComparer.OrdinalIgnoreCase))
        .With("Data", KnownSettings.Of([], "Folder"))
        .With(ChatLoopClusterOptions.Section, KnownSettings.Of([typeof(ChatLoopClusterOptions)]).With("Tls", KnownSettings.Of([], "Certificate", "Key", "Password", "Authority")))
        .With(ShutdownOptions.Section, KnownSettings.Of([typeof(ShutdownOptions)], "Roles", "AdvertisedAddress", "Port", "GatewayPort"))
        .With(CheckpointOptions.Section, KnownSettings.Of([typeof(CheckpointOptions)]))
        .With(StarterOptions.Section, KnownSettings.Of([typeof(StarterOptions)]))
        .With(PolicyEngineOptions.Section, KnownSettings.Of([typeof(PolicyEngineOptions)]))
        .With(CollectionOptions.Section, KnownSettings.Of([typeof(CollectionOptions), typeof(LearningOptions)]))
        .With(FeedbackOptions.Section, KnownSettings.Of([typeof(FeedbackOptions)]))
        .With(MetricsOptions.Section, KnownSettings.Of([typeof(MetricsOptions)]))
        .With(TelemetryOptions.Section, KnownSettings.Of([typeof(TelemetryOptions)]))
        .With(DashboardSettings.Section, KnownSettings.Of([typeof(DashboardSettings)]));

    /// <summary>Names, and the ranges of what a silo of any role reads: one that only some silos need is wrong on all, as they get the same settings.</summary>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid, naming the setting and the fix.</exception>
    public static void Check(IConfiguration configuration, KnownSettings known)
    {
        known.Check(configuration);
        Read<PolicyEngineOptions>(configuration, PolicyEngineOptions.Section).Check();
        Read<CollectionOptions>(configuration, CollectionOptions.Section).Validate();
        Read<LearningOptions>(configuration, CollectionOptions.Section).Validate();
        Read<CheckpointOptions>(configuration, CheckpointOptions.Section).Validate();
        Read<FeedbackOptions>(configuration, FeedbackOptions.Section).Validate();
    }

    private static T Read<T>(IConfiguration configuration, string section) where T : new() => configuration.GetSection(section).Get<T>() ?? new();
}
