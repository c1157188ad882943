using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Gates;

/// <param name="Evidence">All but distinct-2, which only a comparison can tell.</param>
internal sealed record PolicySample(PolicyEvidence Evidence, IReadOnlyList<IReadOnlyList<int>> Answers)
{
    /// <summary>Distinct-2 of both over as many bigrams as the shorter set of answers has.</summary>
    public static (PolicyEvidence First, PolicyEvidence Second) Compare(PolicySample first, PolicySample second)
    {
        var grams = Math.Min(DistinctN.Count(first.Answers, 2), DistinctN.Count(second.Answers, 2));
        return (first.WithDistinct2(grams), second.WithDistinct2(grams));
    }

    public PolicyEvidence WithDistinct2(int grams) => Evidence with { Distinct2 = DistinctN.Of(Answers, 2, grams) };
}

/// <summary>What every policy of a comparison is asked.</summary>
/// <param name="Prompts">In tokens; used in turn until enough answers are sampled.</param>
/// <param name="Known">Known good answers.</param>
/// <param name="Read">An answer's text.</param>
internal sealed record GateQuestions(
    IReadOnlyList<IReadOnlyList<int>> Prompts, IReadOnlyList<TokenizedAnswer> Known, IReadOnlyList<ToldClaim> Claims, Func<IReadOnlyList<int>, string> Read);

/// <summary>Samples policies on held-out prompts and measures what the gate judges by.</summary>
internal sealed class GateMeasurement(
    TrainingWorkers workers, RolloutSettings sampling, Transformer reference, RewardModel rewardModel, double unfinishedScore)
{
    private const int RepeatedTokens = 3;
    private const int AnswersPerClaim = 3;

    /// <param name="answers">How many are sampled.</param>
    /// <param name="seed">The same for all policies of a comparison, so that luck is shared as far as possible.</param>
    /// <returns>Null when the policy's likelihoods are not finite: it cannot be sampled.</returns>
    public PolicySample? Measure(Transformer policy, GateQuestions questions, int answers, long seed, CancellationToken cancellationToken)
    {
        var prompts = questions.Prompts;
        var likelihoods = AnswerLikelihood.Evaluate(policy, questions.Known, sampling.Pad, sampling.MicroBatchTokens, cancellationToken);
        var knownAnswers = likelihoods.Sum(l => l.Total) / likelihoods.Sum(l => l.LogProbabilities.Length);
        if (!double.IsFinite(knownAnswers)) return null;

        var drawn = Enumerable.Range(0, answers).Select(i => prompts[i % prompts.Count]).ToArray();
        TokenizedAnswer[] sampled = [.. RolloutSampler.Sample(policy, drawn, sampling, seed, workers, cancellationToken).Select(r => r.Tokens)];
        IReadOnlyList<TokenLikelihoods> ofPolicy = [], ofReference = [];
        IReadOnlyList<HeadEstimate> estimates = [];
        workers.Run(
            () => ofPolicy = AnswerLikelihood.Evaluate(policy, sampled, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => ofReference = AnswerLikelihood.Evaluate(reference, sampled, sampling.Pad, sampling.MicroBatchTokens, cancellationToken),
            () => estimates = rewardModel.Estimates(sampled, sampling.Pad, sampling.MicroBatchTokens, cancellationToken));
        IReadOnlyList<int>[] texts = [.. sampled.Select(a => a.Answer)];
        var evidence = new PolicyEvidence
        {
            Reward = Enumerable.Range(0, answers).Average(i => sampled[i].IsFinished(sampling.EndIds) ? rewardModel.Score(estimates[i]) : unfinishedScore),
            Kl = Enumerable.Range(0, answers).Average(i => ofPolicy[i].Total - ofReference[i].Total),
            Entropy = ofPolicy.SelectMany(l => l.Entropy).Average(e => (double)e),
            AnswerTokens = sampled.Average(a => (double)a.Answer.Count),
            Finished = sampled.Average(a => a.IsFinished(sampling.EndIds) ? 1.0 : 0.0),
            KnownAnswers = knownAnswers,
            Agreement = AgreementOf(policy, questions, seed, cancellationToken),
            SelfBleu = SelfBleu.Of(texts),
            Repetition = SequenceRepetition.Of(texts, RepeatedTokens),
            Spread = estimates.Average(e => e.Spread) * rewardModel.Normalisation.Gain,
        };
        return new(evidence, texts);
    }

    private double AgreementOf(Transformer policy, GateQuestions questions, long seed, CancellationToken cancellationToken)
    {
        ToldClaim[] told = [.. Enumerable.Repeat(questions.Claims, AnswersPerClaim).SelectMany(c => c)];
        if (told.Length == 0) return 0;
        var answers = RolloutSampler.Sample(policy, [.. told.Select(t => t.Prompt)], sampling, seed, workers, cancellationToken);
        return told.Zip(answers, (t, answer) => t.Claim.IsAgreedWithBy(questions.Read(answer.Tokens.Answer)) ? 1.0 : 0).Average();
    }
}
