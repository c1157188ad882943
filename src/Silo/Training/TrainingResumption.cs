using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Hosting;

namespace ChatLoop.Silo.Training;

/// <summary>
/// After a restart, goes on with the training run that was under way. Asks for the trainer and its settings, so that a wrong one is
/// found at the start and not when the first batch is full.
/// </summary>
internal sealed class TrainingResumption(IGrainFactory grains, ILoopTrainer trainer, CollectionOptions options) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        options.Validate();
        await grains.GetGrain<IRewardTrainerGrain>(ServedModel.Name).Resume();
        await grains.GetGrain<IPolicyTrainerGrain>(ServedModel.Name).Resume();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
