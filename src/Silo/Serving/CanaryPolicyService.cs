using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Silo.Serving;

/// <summary>
/// Serves the version on trial beside the live one, on an engine of its own, for as long as the registry says. A checkpoint that is
/// damaged, or that cannot take the live one's place, ends its trial.
/// </summary>
internal sealed partial class CanaryPolicyService(
    IGrainFactory grains,
    CheckpointStore store,
    ICheckpointExchange checkpoints,
    ServedPolicies policies,
    PolicyEngineOptions options,
    TimeProvider clock,
    ILoggerFactory logs) : BackgroundService
{
    private readonly LiveCheckpoints _served = new(grains, clock);
    private readonly ILogger _log = logs.CreateLogger<CanaryPolicyService>();
    /// <summary>Trials that are over and whose last answers are being written.</summary>
    private readonly List<Task> _ending = [];
    private CanaryEngine? _engine;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        policies.Canary = null;
        if (_engine is not null) await _engine.DisposeAsync();
        await Task.WhenAll(_ending).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _served.FollowServed(Serve, (error, pause) => LogRetry(error, pause.TotalSeconds), stoppingToken);

    private async Task Serve(ServedVersions versions, CancellationToken cancellationToken)
    {
        if (policies.Canary?.Version == versions.Trial?.Version) return;
        End();
        if (versions is not { Trial: { } trial, CanaryVersion: { } canary }) return;
        try
        {
            await Begin(trial, canary, cancellationToken);
        }
        catch (ChatLoopException damage) when (damage.Code is ErrorCode.DamagedCheckpoint or ErrorCode.Invalid)
        {
            LogDamaged(trial.Version, damage.Message);
            await _served.Registry.EndCanary(trial.Version, promote: false, LivePolicyService.Shorten($"It cannot be served: {damage.Message}"), DecisionMaker.Silo);
        }
    }

    private async Task Begin(CanaryTrial trial, CheckpointRecord canary, CancellationToken cancellationToken)
    {
        await checkpoints.Ensure(canary.Folder, cancellationToken);
        var engine = new CanaryEngine(new PolicyEngine(store, options, logs.CreateLogger<PolicyEngine>()), policies.Live);
        try
        {
            await engine.Swap(trial.Version, canary.Folder, cancellationToken);
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
        _engine = engine;
        policies.Canary = new CanaryPolicy(engine, trial.Version, trial.Share);
        LogBegun(trial.Version, trial.Share);
    }

    private void End()
    {
        policies.Canary = null;
        if (_engine is not { } ended) return;
        _engine = null;
        _ending.RemoveAll(e => e.IsCompleted);
        _ending.Add(ended.End());
        LogEnded(ended.LiveVersion);
    }

    [LoggerMessage(LogLevel.Information, "Version {Version} is on trial in {Share:P0} of the conversations.")]
    private partial void LogBegun(int version, double share);

    [LoggerMessage(LogLevel.Information, "The trial of version {Version} is over.")]
    private partial void LogEnded(int? version);

    [LoggerMessage(LogLevel.Error, "Version {Version} cannot be tried. {Damage}")]
    private partial void LogDamaged(int version, string damage);

    [LoggerMessage(LogLevel.Warning, "The versions that are served cannot be followed; next try in {Seconds} s.")]
    private partial void LogRetry(Exception error, double seconds);
}
