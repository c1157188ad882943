using System.Diagnostics;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Model.Telemetry;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Grains.Learning;

/// <summary>A step failed as often as it may; the message is for the learning page.</summary>
internal sealed class StepFailedException(string message, Exception cause) : Exception(message, cause);

/// <summary>
/// The part of a run that a trainer grain does, in the background of the grain: its calls never wait for a step. Used on the grain's
/// scheduler only.
/// </summary>
internal sealed partial class BackgroundRun(CollectionOptions options, LearningSignal learning, ServiceMetrics metrics, TimeProvider clock, ILogger log) : IDisposable
{
    private const int Retries = 3;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _work = Task.CompletedTask;
    private bool _again;

    /// <summary>The step under way, or the last one.</summary>
    public StepReport? Step { get; private set; }

    /// <summary>
    /// Starts the work; if it is under way, it is done once more afterwards. What goes wrong outside a step (a full disk, a busy database) is tried again until the
    /// process ends: each step's result is kept, so nothing is done twice.
    /// </summary>
    public void Start(Func<Task> work)
    {
        _again = true;
        if (_work.IsCompleted && !_stopping.IsCancellationRequested) _work = Work(work);
    }

    /// <summary>Runs one step, with retries.</summary>
    /// <param name="eventsFolder">For its curves as TensorBoard events.</param>
    /// <param name="trace">The run's (<see cref="RunPlan.Trace"/>).</param>
    /// <exception cref="StepFailedException">Each try failed.</exception>
    public async Task<StepResult<T>> Run<T>(
        LearningPhase phase, string detail, string eventsFolder, string? trace, Func<IProgress<TrainingProgress>, CancellationToken, Task<T>> step)
    {
        for (var failures = 0; ; failures++)
        {
            var report = new StepReport(phase, detail, learning, new(eventsFolder));
            Step = report;
            learning.Raise();
            using var activity = Tracing.StartUnder(trace, phase.ToString())?.SetTag("chatloop.try", failures + 1);
            try
            {
                return new(await step(report, _stopping.Token), report.Points);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                activity.Failed(error);
                metrics.StepFailed(phase);
                LogStepFailed(error, phase, failures + 1);
                if (failures == Retries) throw new StepFailedException($"{phase} failed {failures + 1} times: {error.Message}", error);
            }
            await Pause(failures);
        }
    }

    public async Task Stop(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task Work(Func<Task> work)
    {
        // The caller's turn ends first.
        await Task.Yield();
        // The run is not part of whichever call happened to begin it.
        Activity.Current = null;
        for (var failures = 0; ; failures++)
        {
            try
            {
                while (_again)
                {
                    _again = false;
                    await work();
                }
                return;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogRunHeldUp(error);
                _again = true;
            }
            await Pause(failures).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (_stopping.IsCancellationRequested) return;
        }
    }

    private Task Pause(int failures)
    {
        var pause = options.RetryPause * Math.Pow(2, Math.Min(failures, 10));
        return Task.Delay(pause < LongestPause ? pause : LongestPause, clock, _stopping.Token);
    }

    [LoggerMessage(LogLevel.Warning, "Training step {Phase} failed (try {Try}).")]
    private partial void LogStepFailed(Exception error, LearningPhase phase, int @try);

    [LoggerMessage(LogLevel.Error, "The training run is held up and will be tried again.")]
    private partial void LogRunHeldUp(Exception error);
}
