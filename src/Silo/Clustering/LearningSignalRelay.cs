using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatLoop.Silo.Clustering;

/// <summary>
/// Carries <see cref="LearningSignal"/> between silos by PostgreSQL's LISTEN and NOTIFY, so that the learning page sees a judgement that
/// another silo recorded and a step that another silo trains, without anybody polling.
/// </summary>
internal sealed partial class LearningSignalRelay(
    NpgsqlDataSource database, LearningSignal signal, FeedbackStore feedback, TimeProvider clock, ILogger<LearningSignalRelay> log) : BackgroundService
{
    private const string Channel = "chatloop_learning";

    /// <summary>Between two notices of this silo: a trainer reports many small steps, and the page looks four times a second.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);
    /// <summary>A connection that is silent for so long is asked whether it still lives.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly string _self = Guid.NewGuid().ToString("N");

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Persist(Listen, "listening", stoppingToken), Persist(Tell, "telling", stoppingToken));

    private async Task Listen(Action succeeded, CancellationToken stopping)
    {
        await using var connection = await database.OpenConnectionAsync(stopping);
        var heard = false;
        connection.Notification += (_, notice) => heard |= notice.Payload != _self;
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection)) await listen.ExecuteNonQueryAsync(stopping);
        succeeded();
        // Notices that were sent while nobody listened here are lost.
        await HearOthers();
        while (true)
        {
            if (!await connection.WaitAsync(LongestSilence, stopping))
            {
                await using var ask = new NpgsqlCommand("SELECT 1", connection);
                await ask.ExecuteNonQueryAsync(stopping);
            }
            if (!heard) continue;
            heard = false;
            await HearOthers();
        }
    }

    private async Task HearOthers()
    {
        await feedback.ReadCounts();
        signal.RaiseFromElsewhere();
    }

    private async Task Tell(Action succeeded, CancellationToken stopping)
    {
        for (long seen = -1, told = 0; ;)
        {
            await signal.WaitBeyond(seen, stopping);
            seen = signal.Count;
            var own = signal.OwnCount;
            if (own == told) continue;
            await using (var notify = database.CreateCommand($"SELECT pg_notify('{Channel}', '{_self}')")) await notify.ExecuteNonQueryAsync(stopping);
            told = own;
            succeeded();
            await Task.Delay(ShortestInterval, clock, stopping);
        }
    }

    private Task Persist(Func<Action, CancellationToken, Task> work, string what, CancellationToken stopping) =>
        Persistently.Run(work, (error, pause) => LogBroken(error, what, pause), LongestPause, clock, stopping);

    [LoggerMessage(LogLevel.Warning, "The relay of learning signals between silos broke while {What}; trying again in {Pause}.")]
    private partial void LogBroken(Exception error, string what, TimeSpan pause);
}
