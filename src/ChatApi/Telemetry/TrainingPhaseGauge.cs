using ChatLoop.ChatApi.Notifications;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Telemetry;

namespace ChatLoop.ChatApi.Telemetry;

/// <summary>Keeps the metrics on the step that the training run is at.</summary>
public sealed class TrainingPhaseGauge(IGrainFactory grains, ServiceMetrics metrics, ILogger<TrainingPhaseGauge> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Follower.Follow(
        "the training run", stopping => grains.GetGrain<ILearningGrain>(ModelName.Default).Watch(stopping), Note, logger, stoppingToken);

    private Task Note(LearningSnapshot snapshot)
    {
        metrics.Phase = snapshot.Trainer.Phase;
        return Task.CompletedTask;
    }
}
