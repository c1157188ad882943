using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Learning;
using ChatLoop.Model.Checkpoints;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Silo.Serving;

/// <summary>
/// Keeps the scorer on the reward model of the live version's run. A reward model that cannot be loaded stops nothing: answers to
/// compare are then offered as sampled.
/// </summary>
public sealed partial class LiveRewardModelService(
    IGrainFactory grains,
    RewardModelScorer scorer,
    ICheckpointExchange checkpoints,
    CollectionOptions collection,
    TimeProvider clock,
    ILogger<LiveRewardModelService> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => collection.ActivePairs.Candidates == 1
        ? Task.CompletedTask
        : new LiveCheckpoints(grains, clock).Follow(Serve, (error, pause) => LogRetry(error, pause.TotalSeconds), stoppingToken);

    private async Task Serve(CheckpointRecord live, CancellationToken cancellationToken)
    {
        try
        {
            if (live.RewardModel is { } folder) await checkpoints.Ensure(folder, cancellationToken);
            await scorer.Swap(live.RewardModel).WaitAsync(cancellationToken);
            LogChooses(live.RewardModel ?? "none", live.Version);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogCannotChoose(error, live.RewardModel, live.Version);
        }
    }

    [LoggerMessage(LogLevel.Information, "Reward model that chooses which answers are compared: {Folder}, of version {Version}.")]
    private partial void LogChooses(string folder, int version);

    [LoggerMessage(LogLevel.Warning, "The reward model {Folder} of version {Version} cannot be used: answers to compare are offered as sampled.")]
    private partial void LogCannotChoose(Exception error, string? folder, int version);

    [LoggerMessage(LogLevel.Warning, "The live version's reward model cannot be followed; next try in {Seconds} s.")]
    private partial void LogRetry(Exception error, double seconds);
}
