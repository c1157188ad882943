using System.Diagnostics.Metrics;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Generation;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Model.Generation;

namespace ChatLoop.Grains.Telemetry;

/// <summary>
/// What an operator watches, as instruments of System.Diagnostics.Metrics. Names are OpenTelemetry's; docs/api.md lists them as
/// Prometheus shows them.
/// </summary>
public sealed class ServiceMetrics : IDisposable
{
    public const string MeterName = "ChatLoop";

    private static readonly InstrumentAdvice<double> Waits =
        new() { HistogramBucketBoundaries = [1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600, 1800, 3600, 21600, 86400, 604800] };

    private static readonly InstrumentAdvice<double> ShortWaits =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30] };

    private readonly Meter _meter;
    private readonly Histogram<double> _feedbackToLive;
    private readonly Histogram<double> _firstToken;
    private readonly Counter<long> _answers;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _failedSteps;

    /// <param name="engine">Null on a silo that serves no answers.</param>
    public ServiceMetrics(IMeterFactory meters, FeedbackStore feedback, IPolicyEngine? engine = null)
    {
        _meter = meters.Create(MeterName);
        _feedbackToLive = _meter.CreateHistogram("chatloop.feedback_to_live", "s",
            "From a judgement's acknowledgement to the version that used it: live on the serving silo, or heard in an answer.", advice: Waits);
        _firstToken = _meter.CreateHistogram("chatloop.time_to_first_token", "s", "From the start of an answer to its first token.", advice: ShortWaits);
        _answers = _meter.CreateCounter<long>("chatloop.answers", null, "Answers that ended, by how.");
        _tokens = _meter.CreateCounter<long>("chatloop.answer_tokens", null, "Tokens of answers that ended.");
        _failedSteps = _meter.CreateCounter<long>("chatloop.training_failures", null, "Tries of training steps that failed; each is tried again.");
        _meter.CreateObservableCounter("chatloop.feedback_events", () => feedback.Counts.LastSequence, null, "Durable events of the ledger, withdrawals and consents among them.");
        if (engine is not null) _meter.CreateObservableGauge("chatloop.live_version", () => VersionOf(engine), null, "The version that the next token comes from.");
        if (engine is not null) _meter.CreateObservableGauge("chatloop.free_places", () => engine.FreePlaces, null, "Answers that this silo could begin at once.");
        _meter.CreateObservableGauge("chatloop.training_phase", Phases, null, "1 for the step of the training run that is under way, 0 for the others.");
    }

    /// <summary>What the training run is at; null on silos that do not know.</summary>
    public LearningPhase? Phase { get; set; }

    public void FeedbackReached(ServingMilestone milestone, TimeSpan after) =>
        _feedbackToLive.Record(after.TotalSeconds, new KeyValuePair<string, object?>("stage", Name(milestone)));

    public void FirstToken(TimeSpan after) => _firstToken.Record(after.TotalSeconds);

    public void AnswerEnded(FinishReason? finish, int tokens)
    {
        _answers.Add(1, new KeyValuePair<string, object?>("finish", finish is { } reason ? Name(reason) : "unknown"));
        _tokens.Add(tokens);
    }

    public void StepFailed(LearningPhase phase) => _failedSteps.Add(1, new KeyValuePair<string, object?>("phase", Name(phase)));

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> VersionOf(IPolicyEngine engine) => engine.LiveVersion is { } version ? [new(version)] : [];

    private IEnumerable<Measurement<int>> Phases() => Phase is null ? [] :
        Enum.GetValues<LearningPhase>().Select(p => new Measurement<int>(p == Phase ? 1 : 0, new KeyValuePair<string, object?>("phase", Name(p))));

    /// <summary>As the API writes it.</summary>
    private static string Name<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
