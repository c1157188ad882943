using ChatLoop.ChatApi.Conversations;
using ChatLoop.Contracts.Checkpoints;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Notifications;

/// <summary>Tells every chat page of this server which version is live, whenever that changes.</summary>
public sealed class LiveVersionNotifier(
    IGrainFactory grains, ConnectedUsers connectedUsers, IHubContext<ChatHub, IChatPage> pages, ILogger<LiveVersionNotifier> logger) : BackgroundService
{
    private DateTimeOffset? _known;
    private int? _knownVersion;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Follower.Follow(
        "the live version", stopping => grains.GetGrain<ICheckpointRegistryGrain>(ModelName.Default).WatchLive(stopping), Tell, logger, stoppingToken);

    /// <summary>The first record after each start of the stream is the state as it was, not a change.</summary>
    private Task Tell(CheckpointRecord live)
    {
        var changed = _knownVersion is not null && (_knownVersion != live.Version || _known != live.WentLiveAt);
        (_knownVersion, _known) = (live.Version, live.WentLiveAt);
        return changed ? pages.Clients.Clients(connectedUsers.AllConnections).LiveVersionChanged(live) : Task.CompletedTask;
    }
}
