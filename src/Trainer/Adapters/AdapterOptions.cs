using ChatLoop.Model.Adapters;
using ChatLoop.Model.Transformers;
using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Adapters;

/// <summary>What of a model learns.</summary>
public enum AdapterKind
{
    /// <summary>Every weight.</summary>
    Full,
    /// <summary>Small matrices beside the weights, by <see cref="LowRankAdapter"/>.</summary>
    Lora,
}

/// <summary>
/// Settings of what learns in the policy and in PPO's critic, for every algorithm. The reward model always learns in full: it is trained
/// once a run, from few judgements, and saved whole.
/// </summary>
public sealed record AdapterOptions
{
    public AdapterKind Kind { get; init; } = AdapterKind.Full;
    /// <summary>LoRA's r: width of the bottleneck.</summary>
    public int Rank { get; init; } = 8;
    /// <summary>What is learned counts alpha / r times.</summary>
    public double Alpha { get; init; } = 16;
    /// <summary>The projections that learn.</summary>
    public AdapterTargets Targets { get; init; } = AdapterTargets.All;

    /// <summary>For the manifest of what was trained.</summary>
    internal string Description => Kind == AdapterKind.Full ? "Full" : FormattableString.Invariant($"Lora rank {Rank} alpha {Alpha} on {Targets}");

    /// <returns>A new adapter, which leaves the model as it is; null where every weight learns.</returns>
    public LowRankAdapter? For(TransformerWeights weights, long seed) =>
        Kind == AdapterKind.Lora ? new LowRankAdapter(weights, Rank, Alpha, Targets, seed) : null;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(Enum.IsDefined(Kind), "Learning:Adapter:Kind", Kind, "Full or Lora");
        Require(Rank is >= 1 and <= 1024, "Learning:Adapter:Rank", Rank, "1 to 1024");
        Require(Alpha is > 0 and <= 10_000, "Learning:Adapter:Alpha", Alpha, "above 0, at most 10000");
        Require(Enum.IsDefined(Targets), "Learning:Adapter:Targets", Targets, "Attention, Mlp or All");
    }
}
