using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Canaries;
using ChatLoop.Grains.Forgetting;

namespace ChatLoop.Grains.Learning;

/// <summary>When feedback is made into a batch, and how (section "Learning" of the configuration).</summary>
public sealed record CollectionOptions
{
    public const string Section = "Learning";

    /// <summary>New pairs that start a run. After a run without a live version, half as many start the next.</summary>
    public int PairsPerRun { get; init; } = 32;

    /// <summary>
    /// A run starts only when this share of <see cref="PairsPerRun"/> chose a side, old pairs counted too. By default 8 of 32: the gate
    /// asks for that many unseen pairs to believe a reward model.
    /// </summary>
    public double DecidedShare { get; init; } = 0.25;

    /// <summary>Newest judgements that a batch holds at most.</summary>
    public int LargestBatch { get; init; } = 4096;

    /// <summary>Share of prompts that are held out for the gate.</summary>
    public double HeldOutShare { get; init; } = 0.2;

    /// <summary>Same seed, same feedback: same checkpoint.</summary>
    public long Seed { get; init; }

    /// <summary>How soon what was withdrawn is gone from the live version.</summary>
    public ForgettingOptions Forgetting { get; init; } = new();

    /// <summary>Pause before a step that failed is tried again; it doubles each time.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Which second answer is offered when two are compared.</summary>
    public ActivePairsOptions ActivePairs { get; init; } = new();

    /// <summary>Whether and how a version is tried on people before it goes live.</summary>
    public CanaryOptions Canary { get; init; } = new();

    /// <param name="lastRunLearnedNothing">Then half as many new pairs start the next one.</param>
    public RunThreshold NextRun(bool lastRunLearnedNothing) => new(
        lastRunLearnedNothing ? Math.Max(1, PairsPerRun / 2) : PairsPerRun, (int)Math.Ceiling(PairsPerRun * DecidedShare));

    /// <exception cref="ChatLoopException">Invalid, naming the setting.</exception>
    public void Validate()
    {
        Require(PairsPerRun is >= 2 and <= 1_000_000, nameof(PairsPerRun), PairsPerRun, "2 to 1000000");
        Require(DecidedShare is >= 0 and <= 1, nameof(DecidedShare), DecidedShare, "0 to 1");
        Require(LargestBatch is >= 2 and <= 1_000_000, nameof(LargestBatch), LargestBatch, "2 to 1000000");
        Require(HeldOutShare is > 0 and < 1, nameof(HeldOutShare), HeldOutShare, "above 0 and below 1");
        Require(ActivePairs.Candidates is >= 1 and <= 16, "ActivePairs:Candidates", ActivePairs.Candidates, "1 to 16");
        Require(ActivePairs.ExploreShare is >= 0 and <= 1, "ActivePairs:ExploreShare", ActivePairs.ExploreShare, "0 to 1");
        Require(ActivePairs.MaxWait > TimeSpan.Zero && ActivePairs.MaxWait <= TimeSpan.FromMinutes(1), "ActivePairs:MaxWait", ActivePairs.MaxWait,
            "above 0, at most 1 minute");
        Require(Canary.Share is >= 0 and <= 1, "Canary:Share", Canary.Share, "0 (no trial) to 1");
        Require(Canary.Margin is > 0 and < 0.5, "Canary:Margin", Canary.Margin, "above 0 and below 0.5");
        Require(Canary.FalsePromotions is > 0 and < 0.5, "Canary:FalsePromotions", Canary.FalsePromotions, "above 0 and below 0.5");
        Require(Canary.FalseStops is > 0 and < 0.5, "Canary:FalseStops", Canary.FalseStops, "above 0 and below 0.5");
        Require(Canary.VotesPerPerson is >= 1 and <= 1_000_000, "Canary:VotesPerPerson", Canary.VotesPerPerson, "1 to 1000000");
        Require(Canary.Longest >= TimeSpan.FromMinutes(1) && Canary.Longest <= TimeSpan.FromDays(60), "Canary:Longest", Canary.Longest,
            "1 minute to 60 days");
        Require(Forgetting.Within >= TimeSpan.Zero && Forgetting.Within <= TimeSpan.FromDays(30), "Forgetting:Within", Forgetting.Within, "0 to 30 days");
        Require(RetryPause >= TimeSpan.Zero && RetryPause <= TimeSpan.FromHours(1), nameof(RetryPause), RetryPause, "0 to 1 hour");
    }

    private static void Require(bool holds, string name, object value, string rule)
    {
        if (!holds) throw ChatLoopException.Invalid($"{Section}:{name} is {value}: it must be {rule}.");
    }
}
