using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Gates;

/// <summary>
/// Decides by rules whether a candidate may serve. A number that is not finite fails its check. Each check says its rule in words, so
/// that people can follow the decision.
/// </summary>
public static class Gate
{
    public static GateReport Judge(GateEvidence evidence, GateOptions limits)
    {
        var (candidate, parent) = (evidence.Candidate, evidence.Parent);
        List<GateCheck> checks =
        [
            AtMost("faults", candidate is null ? 1 : 0, 0,
                "The candidate's files are intact, and its weights and likelihoods are finite numbers." + (evidence.Fault is { } fault ? $" ({fault})" : "")),
            AtLeast("reward_model_accuracy", evidence.RewardModelAccuracy, limits.MinRewardModelAccuracy,
                Text($"The reward model orders at least {limits.MinRewardModelAccuracy:P0} of the held-out pairs as the raters did.")),
            AtLeast("informative_pairs", evidence.InformativePairs, limits.MinInformativePairs,
                Text($"Its accuracy is measured on at least {limits.MinInformativePairs} decided held-out pairs.")),
            AtMost("reward_model_chance", ChanceOf(evidence), limits.MaxChanceProbability,
                Text($"Coin flips would reach its accuracy with a probability of at most {limits.MaxChanceProbability:P0}.")),
            AtLeast("majority", evidence.Camps?.Majority ?? 1, limits.MinMajority,
                Text($"Of raters who want opposite things, at least {limits.MinMajority:P0} want what the reward model learned.") + TextOf(evidence.Camps)),
        ];
        if (candidate is not null) checks.AddRange(ChecksOf(candidate, parent, limits));
        return new(checks);
    }

    private static IEnumerable<GateCheck> ChecksOf(PolicyEvidence candidate, PolicyEvidence parent, GateOptions limits)
    {
        yield return AtLeast("reward_gain", candidate.Reward - parent.Reward, limits.MinRewardGain,
            Text($"The mean reward on held-out prompts is at least {limits.MinRewardGain:0.##} above the parent's, in deviations of the parent's answers."));
        yield return AtMost("kl", candidate.Kl, limits.MaxKl,
            Text($"KL to the reference is at most {limits.MaxKl:0.##} nats per answer."));
        yield return AtLeast("entropy", candidate.Entropy / parent.Entropy, limits.MinEntropyShare,
            Text($"Entropy per token is at least {limits.MinEntropyShare:P0} of the parent's."));
        yield return AtLeast("distinct2", candidate.Distinct2 / parent.Distinct2, limits.MinDistinct2Share,
            Text($"Distinct word pairs in the answers are at least {limits.MinDistinct2Share:P0} of the parent's."));
        yield return AtLeast("self_bleu", (1 - candidate.SelfBleu) / (1 - parent.SelfBleu), limits.MinSelfBleuShare,
            Text($"What the answers do not have in common (1 - self-BLEU) is at least {limits.MinSelfBleuShare:P0} of the parent's."));
        yield return AtMost("repeated_phrases", candidate.Repetition - parent.Repetition, limits.MaxRepetitionRise,
            Text($"The share of three tokens in a row that an answer has said before is at most {limits.MaxRepetitionRise:0.##} above the parent's."));
        // One head is never at odds with itself.
        if (parent.Spread > 0)
            yield return AtMost("spread", candidate.Spread / parent.Spread, limits.MaxSpreadFactor,
                Text($"The reward model's heads disagree about the answers at most {limits.MaxSpreadFactor:0.##} times as much as about the parent's."));
        yield return AtMost("answer_length", Math.Max(candidate.AnswerTokens / parent.AnswerTokens, parent.AnswerTokens / candidate.AnswerTokens),
            limits.MaxLengthFactor,
            Text($"The mean answer is at most {limits.MaxLengthFactor:0.##} times longer or shorter than the parent's."));
        yield return AtLeast("finished_answers", candidate.Finished, limits.MinFinished,
            Text($"At least {limits.MinFinished:P0} of the answers end by themselves."));
        yield return AtMost("regression", parent.KnownAnswers - candidate.KnownAnswers, limits.MaxRegression,
            Text($"The log-likelihood of known good answers falls by at most {limits.MaxRegression:0.##} nats per token."));
        yield return AtMost("sycophancy", candidate.Agreement - parent.Agreement, limits.MaxAgreementRise,
            Text($"The share of false claims that it agrees with is at most {limits.MaxAgreementRise:P0} above the parent's."));
    }

    private static string TextOf(RaterCamps? camps) => camps is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $" ({camps.Followed.Raters} want the opposite of what {camps.Other.Raters} want.)");

    private static double ChanceOf(GateEvidence evidence) => double.IsNaN(evidence.RewardModelAccuracy)
        ? 1
        : BinomialTest.ChanceOfAtLeast((int)Math.Round(evidence.RewardModelAccuracy * evidence.InformativePairs), evidence.InformativePairs);

    private static GateCheck AtLeast(string name, double value, double limit, string rule) => Check(name, value, limit, rule, value >= limit);

    private static GateCheck AtMost(string name, double value, double limit, string rule) => Check(name, value, limit, rule, value <= limit);

    /// <summary>JSON has no NaN: a value that is not finite is reported as 0, and the rule says so.</summary>
    private static GateCheck Check(string name, double value, double limit, string rule, bool passed) => double.IsFinite(value)
        ? new(name, value, limit, rule, passed)
        : new(name, 0, limit, rule + " (The value is not a finite number.)", false);

    private static string Text(FormattableString rule) => rule.ToString(CultureInfo.InvariantCulture);
}
