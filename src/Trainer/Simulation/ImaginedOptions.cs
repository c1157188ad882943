using ChatLoop.Trainer.Runs;
using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Simulation;

/// <summary>Settings of learning from imagined judgements. Passes and minibatches are those of each round.</summary>
public sealed record ImaginedOptions : OfflineOptions
{
    public ImaginedOptions() => (Epochs, Minibatch, LearningRate) = (1, 16, 5e-4);

    /// <summary>Rounds at most. Each samples the policy as it is by then.</summary>
    public int Rounds { get; init; } = 8;
    /// <summary>Pairs of fresh answers in each round.</summary>
    public int Pairs { get; init; } = 96;
    /// <summary>Simulated users who judge each pair; its label is the mean of their verdicts.</summary>
    public int Users { get; init; } = 4;
    /// <summary>
    /// Share of people's comparisons among what a round learns from, as far as there are so many. They hold the policy to what was said
    /// where the simulator is wrong.
    /// </summary>
    public double RealShare { get; init; } = 0.25;
    /// <summary>How near the policy stays to the reference: see <see cref="Preferences.PreferenceOptions.Beta"/>.</summary>
    public double Beta { get; init; } = 0.1;

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Validate("Learning:Imagined");
        Require(Rounds is >= 1 and <= 1000, "Learning:Imagined:Rounds", Rounds, "1 to 1000");
        Require(Pairs is >= 1 and <= 100_000, "Learning:Imagined:Pairs", Pairs, "1 to 100000");
        Require(Users is >= 1 and <= 10_000, "Learning:Imagined:Users", Users, "1 to 10000");
        Require(RealShare is >= 0 and < 1, "Learning:Imagined:RealShare", RealShare, "0 or more and below 1");
        Require(Beta is > 0 and <= 100, "Learning:Imagined:Beta", Beta, "above 0, at most 100");
    }

    /// <summary>Comparisons by people beside so many imagined ones.</summary>
    internal int RealBeside(int imagined) => (int)Math.Round(imagined * RealShare / (1 - RealShare));

    /// <summary>Optimiser steps of a pass over a round.</summary>
    internal int StepsPerPass => Math.Max(1, (Pairs + RealBeside(Pairs)) / Minibatch);
}
