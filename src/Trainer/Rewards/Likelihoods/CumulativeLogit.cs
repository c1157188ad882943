using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Trainer.Rewards.Likelihoods;

/// <summary>
/// Ratings of 1 to 5 stars (McCullagh 1980, proportional odds): an answer's worth in a rater's eyes is its score plus logistic
/// noise, and cut points t1 &lt; .. &lt; t4 divide the line into stars: <c>P(stars at most c) = sigmoid(t_c - r - offset)</c>. The
/// cut points are one set for all raters; the offset, if any, is how generous a rater is. Shapes: N ratings; scores are [N] or,
/// by K heads, [N, K].
/// </summary>
public static class CumulativeLogit
{
    public const int Stars = 5;

    /// <summary>Stands for plus and minus infinity: far beyond any score, and exp(-1e4) is 0 in single and double precision.</summary>
    private const double Beyond = 1e4;

    /// <param name="scores">Scores, with the raters' offsets added.</param>
    /// <param name="stars">1 to 5, int64, [N] or [N, 1].</param>
    /// <param name="cutPoints">Ascending, [4].</param>
    /// <returns>Loss per rating, shaped like the scores. Finite for any score.</returns>
    public static Tensor Loss(Tensor scores, Tensor stars, Tensor cutPoints)
    {
        var bounds = cat([Bound(-Beyond, cutPoints), cutPoints, Bound(Beyond, cutPoints)]);
        var upper = At(bounds, stars);
        var lower = At(bounds, stars - ones_like(stars));
        // sigmoid(a) - sigmoid(b) = sigmoid(a) * sigmoid(-b) * (1 - exp(b - a)), which does not cancel.
        var logLikelihood = logsigmoid(upper - scores).Plus(logsigmoid(scores - lower)).Plus((lower - upper).exp().neg().log1p());
        return -logLikelihood;
    }

    /// <summary>Any four numbers as ascending cut points: the first, then the logarithms of the gaps, [4].</summary>
    public static Tensor CutPoints(Tensor first, Tensor logGaps) => cat([first, logGaps.exp()]).cumsum(0);

    /// <summary>
    /// Cut points that explain how often each number of stars was given to answers of equal score, one of each added: log-odds of
    /// the cumulative shares.
    /// </summary>
    /// <param name="counts">How often 1 to 5 stars were given.</param>
    public static double[] CutPointsOf(IReadOnlyList<int> counts)
    {
        var (total, below) = (counts.Sum() + (double)Stars, 0.0);
        return [.. counts.Take(Stars - 1).Select(count =>
        {
            below += count + 1;
            return Math.Log(below / (total - below));
        })];
    }

    private static Tensor At(Tensor bounds, Tensor index) => bounds.index_select(0, index.reshape(-1)).reshape(index.shape);

    private static Tensor Bound(double value, Tensor like) => tensor([value], dtype: like.dtype);
}
