using System.Text.Json;
using System.Text.Json.Serialization;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Storage;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Grains.Learning;

/// <summary>What a run starts from, decided once.</summary>
/// <param name="ReferenceFolder">The anchor that PPO is held near (ADR 0007).</param>
/// <param name="Seed">See <see cref="RunSeed"/>.</param>
/// <param name="Replaces">The live version, where the parent is an earlier one (ADR 0031).</param>
/// <param name="ReplacedFolder">Its weights.</param>
/// <param name="Trace">W3C traceparent of the run's first span, under which its steps are traced wherever and whenever they run.</param>
public sealed record RunPlan(
    string RunId, DateTimeOffset StartedAt, int ParentVersion, string ParentFolder, string ReferenceFolder, long Seed,
    int? Replaces = null, string? ReplacedFolder = null, string? Trace = null);

/// <summary>How a run ended.</summary>
/// <param name="LiveVersion">The version that went live; null if none did.</param>
public sealed record RunOutcome(int? LiveVersion, string Text);

/// <summary>A step's result with the curve points that it reported.</summary>
public sealed record StepResult<T>(T Result, IReadOnlyList<MetricPoint> Points);

/// <summary>
/// The folder of one training run. A step that has its file is done, and is never done again: that is what makes a run resumable,
/// in a cluster on another silo, too.
/// </summary>
/// <param name="root">Where this silo keeps what nobody else needs.</param>
public sealed class RunFolder(string root, IDurableFiles files, string runId)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public Task<RunPlan> Plan(Func<Task<RunPlan>> make) => Once("plan", make);
    public Task<RunPlan> Plan() => Read<RunPlan>("plan");
    public Task<RunPlan?> TryPlan() => TryRead<RunPlan>("plan");
    public Task<FeedbackBatch> Batch(Func<Task<FeedbackBatch>> make) => Once("batch", make);
    public Task<FeedbackBatch> Batch() => Read<FeedbackBatch>("batch");
    public Task<FeedbackBatch?> TryBatch() => TryRead<FeedbackBatch>("batch");
    public Task<StepResult<RewardModelReport>> RewardModel(Func<Task<StepResult<RewardModelReport>>> make) => Once("reward-model", make);
    public Task<StepResult<RewardModelReport>> RewardModel() => Read<StepResult<RewardModelReport>>("reward-model");
    public Task<StepResult<PolicyReport>> Policy(Func<Task<StepResult<PolicyReport>>> make) => Once("policy", make);
    public Task<StepResult<GateOutcome>> Gate(Func<Task<StepResult<GateOutcome>>> make) => Once("gate", make);
    public Task<RunOutcome> Outcome(Func<Task<RunOutcome>> make) => Once("outcome", make);
    /// <summary>What the run's version made of one of its judgements.</summary>
    public Task<MeasuredEffect> Effect(string feedbackId, Func<Task<MeasuredEffect>> make) => Once($"effects/{feedbackId}", make);
    public Task<RunOutcome?> TryOutcome() => TryRead<RunOutcome>("outcome");

    /// <summary>Where a step's curves go as TensorBoard events, while it runs.</summary>
    public string Events(LearningPhase step) => Path.Combine(root, runId, "tensorboard", step.ToString());

    /// <summary>The curve points of the steps that are done, in their order.</summary>
    public async Task<(IReadOnlyList<MetricPoint> RewardModel, IReadOnlyList<MetricPoint> Policy)> Curves() =>
    (
        (await TryRead<StepResult<RewardModelReport>>("reward-model"))?.Points ?? [],
        [
            .. (await TryRead<StepResult<PolicyReport>>("policy"))?.Points ?? [],
            .. (await TryRead<StepResult<GateOutcome>>("gate"))?.Points ?? [],
        ]
    );

    /// <summary>Takes what these judgements say out of the files. Only once the run has ended, as a step that is repeated reads its batch.</summary>
    public async Task Erase(IReadOnlySet<string> feedbackIds)
    {
        if (await TryBatch() is { } batch && batch.FeedbackIds.Any(feedbackIds.Contains))
            await files.Replace(NameOf("batch"), JsonSerializer.SerializeToUtf8Bytes(batch.Without(feedbackIds), Json), CancellationToken.None);
        foreach (var feedbackId in feedbackIds) await files.Delete(NameOf($"effects/{feedbackId}"), CancellationToken.None);
    }

    private async Task<T> Once<T>(string step, Func<Task<T>> make) where T : class
    {
        if (await TryRead<T>(step) is { } done) return done;
        var made = JsonSerializer.SerializeToUtf8Bytes(await make(), Json);
        return Parse<T>(await files.WriteOnce(NameOf(step), made, CancellationToken.None));
    }

    private async Task<T> Read<T>(string step) where T : class =>
        await TryRead<T>(step) ?? throw new FileNotFoundException($"The training run {runId} lacks '{NameOf(step)}'.", NameOf(step));

    private async Task<T?> TryRead<T>(string step) where T : class =>
        await files.Read(NameOf(step), CancellationToken.None) is { } found ? Parse<T>(found) : null;

    private T Parse<T>(byte[] file) => JsonSerializer.Deserialize<T>(file, Json) ?? throw new InvalidDataException($"A file of the training run {runId} is empty.");

    private string NameOf(string step) => $"{runId}/{step}.json";
}

/// <summary>Where training runs keep their folders.</summary>
/// <param name="Root">On this silo's disk.</param>
/// <param name="Files">For what another silo needs to go on.</param>
public sealed record RunFolders(string Root, IDurableFiles Files)
{
    public RunFolder Of(string runId) => new(Root, Files, runId);
}
