using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Silo.Serving;

/// <summary>
/// Keeps this silo's engine on the registry's live checkpoint (ADR 0005). Imports the starter on the first start. A live checkpoint
/// that is damaged is never served: the newest intact version that was live before takes its place.
/// </summary>
public sealed partial class LivePolicyService(
    IGrainFactory grains,
    CheckpointStore store,
    ICheckpointExchange checkpoints,
    IPolicyEngine engine,
    IOptions<StarterOptions> starter,
    ServingMilestones serving,
    ForgettingSurvey forgetting,
    TimeProvider clock,
    ILogger<LivePolicyService> log) : BackgroundService
{
    private readonly LiveCheckpoints _live = new(grains, clock);

    private ICheckpointRegistryGrain Registry => _live.Registry;

    /// <summary>Fails the start of the process when there is no usable starter.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var manifest = await new StartingModel(store, checkpoints, starter.Value).Ensure(cancellationToken);
        await Registry.EnsureStarter(StartingModel.Folder, manifest.WeightsHash);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _live.Follow(Serve, (error, pause) => LogRetry(error, pause.TotalSeconds), stoppingToken);

    private async Task Serve(CheckpointRecord live, CancellationToken cancellationToken)
    {
        if (engine.LiveVersion == live.Version) return;
        using var activity = Tracing.StartUnder(live.TraceParent, "swap")?.SetTag("chatloop.version", live.Version);
        try
        {
            await checkpoints.Ensure(live.Folder, cancellationToken);
            await engine.Swap(live.Version, live.Folder, cancellationToken);
            serving.Live(live.Version);
            LogServing(live.Version, live.Folder);
        }
        catch (ChatLoopException damage) when (damage.Code == ErrorCode.DamagedCheckpoint)
        {
            activity.Failed(damage);
            LogDamaged(live.Version, damage.Message);
            await FallBack(live, damage.Message, cancellationToken);
        }
    }

    private async Task FallBack(CheckpointRecord damaged, string damage, CancellationToken cancellationToken)
    {
        var versions = await Registry.List();
        // One that learned from what was withdrawn is better than none, and worse than all others.
        var withdrawn = (await forgetting.StatusOf(versions)).Versions.Select(v => v.Version).ToHashSet();
        var earlier = versions.Where(c => c.Version < damaged.Version && c.WentLiveAt is not null)
            .OrderBy(c => withdrawn.Contains(c.Version)).ThenByDescending(c => c.Version);
        foreach (var candidate in earlier)
        {
            try
            {
                await checkpoints.Ensure(candidate.Folder, cancellationToken);
                await engine.Swap(candidate.Version, candidate.Folder, cancellationToken);
            }
            catch (ChatLoopException also) when (also.Code == ErrorCode.DamagedCheckpoint)
            {
                LogDamaged(candidate.Version, also.Message);
                continue;
            }
            await Registry.MakeIntactLive(candidate.Version, Shorten($"Version {damaged.Version} is damaged: {damage}"));
            LogFellBack(candidate.Version, damaged.Version);
            return;
        }
        throw new ChatLoopException(ErrorCode.DamagedCheckpoint, $"No intact version is left to serve. {damage}");
    }

    /// <summary>To what the registry keeps.</summary>
    internal static string Shorten(string reason) => reason.Length <= 500 ? reason : reason[..499] + "…";

    [LoggerMessage(LogLevel.Information, "Version {Version} ({Folder}) is being served.")]
    private partial void LogServing(int version, string folder);

    [LoggerMessage(LogLevel.Error, "Version {Version} cannot be served. {Damage}")]
    private partial void LogDamaged(int version, string damage);

    [LoggerMessage(LogLevel.Warning, "Version {Version} is live again, because version {Damaged} is damaged.")]
    private partial void LogFellBack(int version, int damaged);

    [LoggerMessage(LogLevel.Warning, "The registry's live version cannot be followed; next try in {Seconds} s.")]
    private partial void LogRetry(Exception error, double seconds);
}
