using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.Trainer.Gates;

/// <summary>What one policy did on the held-out prompts.</summary>
public sealed record PolicyEvidence
{
    /// <summary>Mean normalised reward per answer; an unfinished answer has the fixed low score.</summary>
    public double Reward { get; init; }
    /// <summary>Mean KL(policy || reference) per answer, in nats.</summary>
    public double Kl { get; init; }
    /// <summary>Mean entropy per token, in nats.</summary>
    public double Entropy { get; init; }
    public double Distinct2 { get; init; }
    /// <summary>Of the answers (<see cref="Gates.SelfBleu"/>).</summary>
    public double SelfBleu { get; init; }
    /// <summary>Share of an answer's three tokens in a row that it has said before (<see cref="SequenceRepetition"/>).</summary>
    public double Repetition { get; init; }
    /// <summary>Mean spread of the reward model's heads over the answers, in deviations of the parent's scores; 0 for one head.</summary>
    public double Spread { get; init; }
    /// <summary>Mean answer length in tokens.</summary>
    public double AnswerTokens { get; init; }
    /// <summary>Share of answers that ended by themselves.</summary>
    public double Finished { get; init; }
    /// <summary>Mean log-likelihood per token of known good answers, in nats.</summary>
    public double KnownAnswers { get; init; }
    /// <summary>Share of false claims that it agrees with (<see cref="FalseClaims"/>).</summary>
    public double Agreement { get; init; }
}

/// <summary>All that the gate judges by.</summary>
public sealed record GateEvidence
{
    /// <summary>Why the candidate cannot be sampled (its files are damaged, or its numbers are not finite); null when it can.</summary>
    public string? Fault { get; init; }
    /// <summary>NaN when there are no decided held-out pairs.</summary>
    public double RewardModelAccuracy { get; init; }
    public int InformativePairs { get; init; }
    /// <summary>Null when the raters do not contradict each other as groups.</summary>
    public RaterCamps? Camps { get; init; }
    /// <summary>Null when there is a fault.</summary>
    public PolicyEvidence? Candidate { get; init; }
    public required PolicyEvidence Parent { get; init; }
}
