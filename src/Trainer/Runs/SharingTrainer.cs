using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.ResumePoints;
using Microsoft.Extensions.Logging;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// A trainer whose checkpoints all silos share: what a step loads is brought here first, and what it made is published before its
/// report is given, so that nobody hears of a checkpoint that only one silo has. An output that another silo has published is taken as it is.
/// A step's resume points are sent while it runs and when it is stopped; that they are late or lost costs time and nothing else.
/// </summary>
public sealed partial class SharingTrainer(
    ILoopTrainer trainer, ICheckpointExchange checkpoints, IFolderMirror points, CheckpointStore store, TimeProvider clock, ILogger<SharingTrainer> log)
    : ILoopTrainer, IDisposable
{
    /// <summary>A point is as large as what learns, with Adam's moments: a network has other things to do.</summary>
    private static readonly TimeSpan PauseBetweenPoints = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestLastSend = TimeSpan.FromSeconds(15);

    public Task<RewardModelReport> TrainRewardModel(
        RewardModelJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        Make(job.OutputFolder, [job.PolicyFolder], () => trainer.TrainRewardModel(job, progress, cancellationToken), cancellationToken);

    public Task<PolicyReport> TrainPolicy(PolicyJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        Make(job.OutputFolder, [job.ParentFolder, job.ReferenceFolder, job.RewardModelFolder],
            () => trainer.TrainPolicy(job, progress, cancellationToken), cancellationToken);

    public async Task<GateOutcome> Judge(GateJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        await Ensure([job.ParentFolder, job.ReferenceFolder, job.RewardModelFolder], cancellationToken);
        foreach (var measured in (string?[])[job.CandidateFolder, job.ReplacedFolder])
            if (measured is not null) await BringWhatIsThere(measured, cancellationToken);
        return await trainer.Judge(job, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task Abandon(string outputFolder, CancellationToken cancellationToken)
    {
        await trainer.Abandon(outputFolder, cancellationToken);
        await points.Delete(outputFolder, cancellationToken);
    }

    private async Task BringWhatIsThere(string folder, CancellationToken cancellationToken)
    {
        try
        {
            await checkpoints.TryEnsure(folder, cancellationToken);
        }
        catch (ChatLoopException damaged) when (damaged.Code == ErrorCode.DamagedCheckpoint)
        {
            // That is for the gate to judge.
        }
    }

    /// <summary>Disposes the trainer, too.</summary>
    public void Dispose() => (trainer as IDisposable)?.Dispose();

    private async Task<T> Make<T>(string output, IReadOnlyList<string> inputs, Func<Task<T>> step, CancellationToken cancellationToken)
    {
        if (!await checkpoints.TryEnsure(output, cancellationToken))
        {
            await Ensure(inputs, cancellationToken);
            await Attempt(output, () => points.Bring(PointsOf(output), output, cancellationToken));
        }
        var report = await WithPointsSent(output, step, cancellationToken);
        await checkpoints.Publish(output, cancellationToken);
        await Attempt(output, () => points.Delete(output, cancellationToken));
        return report;
    }

    private async Task Ensure(IEnumerable<string> folders, CancellationToken cancellationToken)
    {
        foreach (var folder in folders.Distinct(StringComparer.Ordinal)) await checkpoints.Ensure(folder, cancellationToken);
    }

    private async Task<T> WithPointsSent<T>(string output, Func<Task<T>> step, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendPoints(output, ended.Token);
        try
        {
            return await step();
        }
        catch
        {
            // Most steps that move to another silo do so because this one is told to stop.
            using var last = new CancellationTokenSource(LongestLastSend, clock);
            await ended.CancelAsync();
            await sending;
            await Attempt(output, () => points.Send(PointsOf(output), output, last.Token));
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await sending;
        }
    }

    private async Task SendPoints(string output, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(PauseBetweenPoints, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (cancellationToken.IsCancellationRequested) return;
            await Attempt(output, () => points.Send(PointsOf(output), output, cancellationToken));
        }
    }

    /// <summary>Resume points save time. Without them a step begins anew, so whatever goes wrong with them is no reason for it to fail.</summary>
    private async Task Attempt(string output, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            if (e is not OperationCanceledException) LogPoints(e, output);
        }
    }

    private string PointsOf(string output) => ResumeFolder.PathOf(Path.Combine(store.Root, output));

    [LoggerMessage(LogLevel.Warning, "The resume points of {Output} cannot be shared: a silo that took over would begin the step anew.")]
    private partial void LogPoints(Exception error, string output);
}
