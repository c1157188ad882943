using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Silo.Storage;

/// <summary>
/// Deletes weights that learned from withdrawn feedback, from this silo's store and from the shared one, once nobody needs them: each silo
/// for itself, as each has copies of its own.
/// </summary>
internal sealed partial class ForgottenCheckpoints(
    IGrainFactory grains, ForgettingSurvey survey, CheckpointStore store, ICheckpointExchange exchange, CheckpointOptions options, TimeProvider clock,
    ILogger<ForgottenCheckpoints> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    public async Task Sweep(CancellationToken cancellationToken)
    {
        var registry = grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);
        var forgotten = await survey.FoldersToRemove(await registry.List(), await registry.Decisions(), clock.GetUtcNow(), options.KeepRetired);
        if (forgotten.All.Count == 0) return;
        foreach (var folder in forgotten.All) await Task.Run(() => store.Delete(folder), cancellationToken);
        // They were kept for long enough already; the mark gives a silo that is just loading one the time to end.
        await exchange.Discard(forgotten.All, forgotten.Keep, Interval, cancellationToken);
        foreach (var version in forgotten.Versions.Where(v => v.RemovedAt is null))
        {
            await registry.NoteRemoval(version.Version);
            LogRemoved(version.Version, version.Folder);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Persistently.Run(async (swept, stopping) =>
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            await Sweep(stopping);
            swept();
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }, (error, pause) => LogNotSwept(error, pause.TotalSeconds), Interval, clock, stoppingToken);

    [LoggerMessage(LogLevel.Information, "The files of version {Version} ({Folder}) were deleted: it learned from feedback that was withdrawn.")]
    private partial void LogRemoved(int version, string folder);

    [LoggerMessage(LogLevel.Warning, "Versions that learned from withdrawn feedback could not be deleted; next try in {Seconds} s.")]
    private partial void LogNotSwept(Exception error, double seconds);
}
