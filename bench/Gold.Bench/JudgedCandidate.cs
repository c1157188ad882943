using System.Text.Json.Serialization;

namespace ChatLoop.Gold.Bench;

/// <summary>One candidate before the gate and, where that let it pass, before a trial's voters: a line of the study's results.</summary>
internal sealed record JudgedCandidate
{
    /// <summary>How it was made: honest, flipped, noise, collapsed, agreeing, repeating, notANumber.</summary>
    public required string Kind { get; init; }
    public required string Gold { get; init; }
    public required int Seed { get; init; }
    /// <summary>What makes it differ from others of its kind: a share of the way from the parent, a strength.</summary>
    public double Strength { get; init; }
    /// <summary>Against the parent by the gold preference; NaN where it cannot be sampled.</summary>
    public double WinRate { get; init; } = double.NaN;
    public bool PassedGate { get; init; }
    public string StoppedBy { get; init; } = "";
    /// <summary>Of the gate: the rise of the share of false claims agreed with.</summary>
    public double Agreement { get; init; }
    /// <summary>Null where the gate stopped it.</summary>
    public bool? PassedTrial { get; init; }
    /// <summary>Until the trial was decided.</summary>
    public int Votes { get; init; }

    /// <summary>An honest one counts as good where people would notice that it is better.</summary>
    [JsonIgnore]
    public bool IsGood => Kind == BadCandidates.Honest && WinRate >= 0.55;

    [JsonIgnore]
    public bool IsBad => Kind != BadCandidates.Honest;

    [JsonIgnore]
    public bool ReachesPeople => PassedGate && PassedTrial == true;
}
