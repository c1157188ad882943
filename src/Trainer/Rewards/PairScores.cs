namespace ChatLoop.Trainer.Rewards;

/// <summary>A model's raw scores of a pair that it was not trained on (or was: say so where it is used).</summary>
public sealed record PairScores(Judgement Pair, double First, double Second)
{
    /// <summary>Bradley-Terry loss, log(1 + exp(-d)) in a form that does not overflow.</summary>
    public double Loss => Pair.Label * SoftPlus(Second - First) + (1 - Pair.Label) * SoftPlus(First - Second);

    public bool IsRight => Pair.Label > 0.5 ? First > Second : Second > First;

    /// <summary>Share of the informative pairs that are ordered as the raters did; NaN without any.</summary>
    public static double Accuracy(IEnumerable<PairScores> pairs)
    {
        var informative = pairs.Where(p => p.Pair.IsInformative).ToList();
        return informative.Count == 0 ? double.NaN : informative.Average(p => p.IsRight ? 1.0 : 0.0);
    }

    private static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
