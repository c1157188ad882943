using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Simulation;

/// <summary>
/// A learned user: what people would say next of given answers, by a reward model and the likelihoods that it was fitted by
/// (<see cref="NextFeedback"/>). Knows nothing of who rates: a rater that is none of those it learned from. Owns nothing.
/// </summary>
public sealed class UserSimulator(RewardModel rewardModel, RolloutSettings batching)
{
    /// <summary>Who gives the feedback that is drawn.</summary>
    public const string RaterId = "simulated user";

    /// <summary>What the heads make of answers, in their order.</summary>
    public IReadOnlyList<HeadEstimate> Estimates(IReadOnlyList<TokenizedAnswer> answers, CancellationToken cancellationToken) =>
        rewardModel.Estimates(answers, batching.Pad, batching.MicroBatchTokens, cancellationToken);

    /// <returns>Of each pair, in the order of <see cref="PairOutcome"/>.</returns>
    public IReadOnlyList<Categorical> Pairs(
        IReadOnlyList<(TokenizedAnswer First, TokenizedAnswer Second)> pairs, CancellationToken cancellationToken)
    {
        var estimates = Estimates([.. pairs.Select(p => p.First), .. pairs.Select(p => p.Second)], cancellationToken);
        return Pairs([.. estimates.Take(pairs.Count)], [.. estimates.Skip(pairs.Count)]);
    }

    /// <summary>The same where it is known what the heads make of the answers.</summary>
    public IReadOnlyList<Categorical> Pairs(IReadOnlyList<HeadEstimate> first, IReadOnlyList<HeadEstimate> second) =>
        NextFeedback.Pairs(first, second, rewardModel.Likelihood);

    /// <returns>Of each answer: down, up.</returns>
    public IReadOnlyList<Categorical> Thumbs(IReadOnlyList<TokenizedAnswer> answers, CancellationToken cancellationToken) =>
        NextFeedback.Thumbs(Estimates(answers, cancellationToken));

    /// <returns>Of each answer: 1 to 5 stars.</returns>
    public IReadOnlyList<Categorical> Ratings(IReadOnlyList<TokenizedAnswer> answers, CancellationToken cancellationToken) =>
        NextFeedback.Ratings(Estimates(answers, cancellationToken), rewardModel.Likelihood);

    /// <summary>One verdict on each pair. Same seed, same verdicts.</summary>
    public IReadOnlyList<Judgement> SamplePairs(
        IReadOnlyList<(TokenizedAnswer First, TokenizedAnswer Second)> pairs, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        return [.. pairs.Zip(Pairs(pairs, cancellationToken), (p, next) => Judgement.Pair(RaterId, p.First, p.Second, (PairOutcome)next.Draw(random)))];
    }

    /// <summary>A thumb for each answer. Same seed, same thumbs.</summary>
    public IReadOnlyList<Judgement> SampleThumbs(IReadOnlyList<TokenizedAnswer> answers, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        return [.. answers.Zip(Thumbs(answers, cancellationToken), (a, next) => Judgement.Thumb(RaterId, a, up: next.Draw(random) == 1))];
    }

    /// <summary>Stars for each answer. Same seed, same stars.</summary>
    public IReadOnlyList<Judgement> SampleRatings(IReadOnlyList<TokenizedAnswer> answers, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        return [.. answers.Zip(Ratings(answers, cancellationToken), (a, next) => Judgement.Rating(RaterId, a, next.Draw(random) + 1))];
    }
}
