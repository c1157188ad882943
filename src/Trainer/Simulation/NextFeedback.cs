using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Simulation;

/// <summary>
/// P(feedback | answers) = mean over the heads of P(feedback | the head's scores), with the likelihoods that the heads were fitted by
/// (docs/feedback-likelihoods.md). A mixture, not the likelihood of the mean score: where heads disagree about which answer is better
/// each is right with its share, and the prediction is uncertain (Lakshminarayanan et al. 2017, section 2.4). Raw scores:
/// the likelihoods have their unit. All inputs of one call have equally many heads, K.
/// </summary>
public static class NextFeedback
{
    /// <returns>Of each pair, in the order of <see cref="PairOutcome"/>.</returns>
    public static IReadOnlyList<Categorical> Pairs(
        IReadOnlyList<HeadEstimate> first, IReadOnlyList<HeadEstimate> second, LikelihoodParameters parameters)
    {
        if (first.Count == 0) return [];
        using var scope = NewDisposeScope();
        var logs = Davidson.LogProbabilities(Scores(first), Scores(second), tensor(parameters.LogTie), parameters.Candour);
        return Mixture(logs);
    }

    /// <returns>Of each answer: down, up.</returns>
    public static IReadOnlyList<Categorical> Thumbs(IReadOnlyList<HeadEstimate> answers)
    {
        if (answers.Count == 0) return [];
        using var scope = NewDisposeScope();
        var scores = Scores(answers);
        return Mixture(stack([ThumbLikelihood.Loss(scores, tensor(0.0)).neg(), ThumbLikelihood.Loss(scores, tensor(1.0)).neg()]));
    }

    /// <returns>Of each answer: 1 to 5 stars, by a rater of no particular generosity.</returns>
    public static IReadOnlyList<Categorical> Ratings(IReadOnlyList<HeadEstimate> answers, LikelihoodParameters parameters)
    {
        if (answers.Count == 0) return [];
        using var scope = NewDisposeScope();
        var (scores, cutPoints) = (Scores(answers), tensor(parameters.CutPoints.ToArray()));
        return Mixture(stack([.. Enumerable.Range(1, CumulativeLogit.Stars)
            .Select(stars => CumulativeLogit.Loss(scores, tensor(new[] { (long)stars }, [1, 1]), cutPoints).neg())]));
    }

    /// <summary>[N, K].</summary>
    private static Tensor Scores(IReadOnlyList<HeadEstimate> answers) =>
        tensor(answers.SelectMany(a => a.ByHead).ToArray(), [answers.Count, answers[0].ByHead.Count]);

    /// <param name="logProbabilities">Of C things by each head, [C, N, K].</param>
    private static Categorical[] Mixture(Tensor logProbabilities)
    {
        var things = (int)logProbabilities.shape[0];
        var mixed = logProbabilities.exp().mean([-1]).transpose(0, 1).contiguous();
        return [.. mixed.data<double>().ToArray().Chunk(things).Select(p => new Categorical(p))];
    }
}
