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
public sealed record RunPlan(
    string RunId, DateTimeOffset StartedAt, int ParentVersion, string ParentFolder, string ReferenceFolder, long Seed);

/// <summary>How a run ended.</summary>
/// <param name="LiveVersion">The version that went live; null if none did.</param>
public sealed record RunOutcome(int? LiveVersion, string Text);

/// <summary>A step's result with the curve points that it reported.</summary>
public sealed record StepResult<T>(T Result, IReadOnlyList<MetricPoint> Points);

/// <summary>
/// The folder of one training run. A step that has its file is done, and is never done again: that is what makes a run resumable.
/// </summary>
public sealed class RunFolder(string root, string runId)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public Task<RunPlan> Plan(Func<Task<RunPlan>> make) => Once("plan", make);
    public Task<RunPlan> Plan() => Read<RunPlan>("plan");
    public Task<FeedbackBatch> Batch(Func<Task<FeedbackBatch>> make) => Once("batch", make);
    public Task<FeedbackBatch> Batch() => Read<FeedbackBatch>("batch");
    public Task<FeedbackBatch?> TryBatch() => TryRead<FeedbackBatch>("batch");
    public Task<StepResult<RewardModelReport>> RewardModel(Func<Task<StepResult<RewardModelReport>>> make) => Once("reward-model", make);
    public Task<StepResult<RewardModelReport>> RewardModel() => Read<StepResult<RewardModelReport>>("reward-model");
    public Task<StepResult<PolicyReport>> Policy(Func<Task<StepResult<PolicyReport>>> make) => Once("policy", make);
    public Task<StepResult<GateOutcome>> Gate(Func<Task<StepResult<GateOutcome>>> make) => Once("gate", make);
    public Task<RunOutcome> Outcome(Func<Task<RunOutcome>> make) => Once("outcome", make);
    /// <summary>What the run's version made of one of its judgements.</summary>
    public Task<MeasuredEffect> Effect(string feedbackId, Func<Task<MeasuredEffect>> make) => Once(Path.Combine("effects", feedbackId), make);
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

    private async Task<T> Once<T>(string step, Func<Task<T>> make) where T : class
    {
        if (await TryRead<T>(step) is { } done) return done;
        var result = await make();
        await Task.Run(() => DurableFile.Write(PathOf(step), file => JsonSerializer.Serialize(file, result, Json)));
        return result;
    }

    private async Task<T> Read<T>(string step) where T : class =>
        await TryRead<T>(step) ?? throw new FileNotFoundException($"The training run {runId} lacks '{PathOf(step)}'.", PathOf(step));

    private Task<T?> TryRead<T>(string step) where T : class => Task.Run(() =>
    {
        if (!File.Exists(PathOf(step))) return null;
        using var file = File.OpenRead(PathOf(step));
        return JsonSerializer.Deserialize<T>(file, Json);
    });

    private string PathOf(string step) => Path.Combine(root, runId, step + ".json");
}

/// <summary>Where training runs keep their folders.</summary>
public sealed record RunFolders(string Root)
{
    public RunFolder Of(string runId) => new(Root, runId);
}
