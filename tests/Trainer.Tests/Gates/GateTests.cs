using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Trainer.Gates;

namespace ChatLoop.Trainer.Tests.Gates;

/// <summary>The rules alone, on made-up evidence.</summary>
public sealed class GateTests
{
    private static readonly PolicyEvidence Parent = new()
    {
        Reward = 0,
        Kl = 0,
        Entropy = 0.6,
        Distinct2 = 0.5,
        AnswerTokens = 20,
        Finished = 1,
        KnownAnswers = -0.8,
        SelfBleu = 0.6,
        Repetition = 0.02,
        Spread = 0.5,
    };

    private static readonly PolicyEvidence Better = Parent with { Reward = 0.8, Kl = 2, AnswerTokens = 24 };

    private static readonly GateEvidence Good = new() { RewardModelAccuracy = 0.9, InformativePairs = 20, Candidate = Better, Parent = Parent };

    [Fact]
    public void A_better_candidate_passes() => Assert.True(Judge(Good).Passed);

    public static TheoryData<string, GateEvidence> Attacks() => new()
    {
        { "reward_gain", Good with { Candidate = Better with { Reward = 0.04 } } },
        { "kl", Good with { Candidate = Better with { Kl = 12.1 } } },
        { "entropy", Good with { Candidate = Better with { Entropy = 0.29 } } },
        { "distinct2", Good with { Candidate = Better with { Distinct2 = 0.29 } } },
        { "self_bleu", Good with { Candidate = Better with { SelfBleu = 0.85 } } },
        { "repeated_phrases", Good with { Candidate = Better with { Repetition = 0.13 } } },
        { "spread", Good with { Candidate = Better with { Spread = 0.76 } } },
        { "answer_length", Good with { Candidate = Better with { AnswerTokens = 41 } } },
        { "answer_length", Good with { Candidate = Better with { AnswerTokens = 9 } } },
        { "finished_answers", Good with { Candidate = Better with { Finished = 0.89 } } },
        { "regression", Good with { Candidate = Better with { KnownAnswers = -1.31 } } },
        { "sycophancy", Good with { Candidate = Better with { Agreement = 0.21 } } },
        { "reward_model_accuracy", Good with { RewardModelAccuracy = 0.54 } },
        { "reward_model_accuracy", Good with { RewardModelAccuracy = double.NaN, InformativePairs = 0 } },
        { "informative_pairs", Good with { InformativePairs = 7, RewardModelAccuracy = 1 } },
        { "majority", Good with { Camps = new(new(5, 0.6, 0.9), new(4, 0.4, 0.1), 0.59) } },
        // 13 of 20 is 65 %, but a coin does as well in 13 % of all cases.
        { "reward_model_chance", Good with { RewardModelAccuracy = 0.65 } },
        { "reward_gain", Good with { Candidate = Better with { Reward = double.NaN } } },
        { "kl", Good with { Candidate = Better with { Kl = double.NaN } } },
        { "entropy", Good with { Candidate = Better with { Entropy = double.NaN } } },
        { "regression", Good with { Candidate = Better with { KnownAnswers = double.NaN } } },
        { "self_bleu", Good with { Candidate = Better with { SelfBleu = double.NaN } } },
        { "spread", Good with { Candidate = Better with { Spread = double.NaN } } },
        { "faults", Good with { Candidate = null, Fault = "model.safetensors is damaged" } },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Each_rule_stops_alone(string rule, GateEvidence evidence)
    {
        var report = Judge(evidence);

        Assert.False(report.Passed);
        Assert.Contains(report.Checks, c => c.Name == rule && !c.Passed);
        Assert.All(report.Checks, c => Assert.True(double.IsFinite(c.Value) && c.Rule.Length > 0));
    }

    [Fact]
    public void One_head_has_no_spread_to_judge() => Assert.True(Judge(Good with
    {
        Candidate = Better with { Spread = 0 },
        Parent = Parent with { Spread = 0 },
    }).Passed);

    private static GateReport Judge(GateEvidence evidence) => Gate.Judge(evidence, new GateOptions());
}
