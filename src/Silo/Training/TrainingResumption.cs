using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Silo.Training;

/// <summary>
/// Goes on with the training run that was under way: after a restart, and after another silo died or left, for the trainers may have been
/// on it. Asks for the trainer and its settings, so that a wrong one is found at the start and not when the first batch is full.
/// </summary>
internal sealed partial class TrainingResumption(
    IGrainFactory grains, IClusterMembershipService membership, ILoopTrainer trainer, CollectionOptions options, TimeProvider clock,
    ILogger<TrainingResumption> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        options.Validate();
        await Resume();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Which change it was does not matter: to resume trainers that run changes nothing.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stoppingToken)) await ResumeUntilDone(stoppingToken);
    }

    private async Task ResumeUntilDone(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Resume();
                return;
            }
            catch (Exception error)
            {
                LogNotResumed(error, Pause.TotalSeconds);
            }
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Resume()
    {
        await grains.GetGrain<IRewardTrainerGrain>(ServedModel.Name).Resume();
        await grains.GetGrain<IPolicyTrainerGrain>(ServedModel.Name).Resume();
        await grains.GetGrain<ICanaryGrain>(ServedModel.Name).Resume();
        await grains.GetGrain<IForgettingGrain>(ServedModel.Name).Wake();
    }

    [LoggerMessage(LogLevel.Warning, "The trainers could not be asked to go on; next try in {Seconds} s.")]
    private partial void LogNotResumed(Exception error, double seconds);
}
