using ChatLoop.Trainer.Runs;
using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Preferences;

/// <summary>Settings of DPO, IPO and KTO, which learn from people's judgements without a reward model in between.</summary>
public sealed record PreferenceOptions : OfflineOptions
{
    public PreferenceOptions() => (Epochs, Minibatch, LearningRate) = (3, 8, 5e-4);

    /// <summary>How near the policy stays to the reference: the larger, the nearer. Per nat of log-probability of a whole answer.</summary>
    public double Beta { get; init; } = 0.1;
    /// <summary>Chance that a label is wrong (conservative DPO); DPO and IPO mix the two outcomes by it.</summary>
    public double LabelSmoothing { get; init; }
    /// <summary>KTO's weight of an answer that was liked.</summary>
    public double DesirableWeight { get; init; } = 1;
    /// <summary>KTO's weight of an answer that was not.</summary>
    public double UndesirableWeight { get; init; } = 1;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Validate("Learning:Preferences");
        Require(Beta is > 0 and <= 100, "Learning:Preferences:Beta", Beta, "above 0, at most 100");
        Require(LabelSmoothing is >= 0 and < 0.5, "Learning:Preferences:LabelSmoothing", LabelSmoothing,
            "0 or more and below 0.5: at 0.5 labels say nothing");
        Require(DesirableWeight is > 0 and <= 100, "Learning:Preferences:DesirableWeight", DesirableWeight, "above 0, at most 100");
        Require(UndesirableWeight is > 0 and <= 100, "Learning:Preferences:UndesirableWeight", UndesirableWeight, "above 0, at most 100");
    }
}
