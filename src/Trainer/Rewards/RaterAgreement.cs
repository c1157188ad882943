using ChatLoop.Model.Tensors;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>How many of a rater's comparisons agree with the axis on which raters differ most.</summary>
public sealed record AxisAgreement(string RaterId, int Agreeing, int Comparisons);

/// <summary>
/// Finds the axis on which raters agree or contradict each other, also where no reward model can: what half of them teach it cancels
/// what the others teach. A rater's comparisons add up to a direction v_r in the policy's hidden space; two raters agree by
/// <c>v_r' C^-1 v_s</c>, with C the shrunk second moment of all comparisons, so that each predicts the other by ridge regression. The
/// leading eigenvector u of these agreements, with each rater's agreement with himself left out, puts raters who contradict each
/// other on opposite sides (Dalvi et al. 2013, "Aggregating crowdsourced binary ratings"), and the axis is <c>C^-1 sum_r u_r v_r</c>.
/// Noise has two sides as well; so each comparison is tested on an axis that was found without its prompts and without its rater.
/// Shapes: N comparisons, R raters, D hidden.
/// </summary>
public static class RaterAgreement
{
    /// <returns>Of each rater. Which end of the axis is which means nothing. Empty for fewer than two raters or folds.</returns>
    public static IReadOnlyList<AxisAgreement> Measure(IReadOnlyList<ComparedFeatures> compared)
    {
        string[] raters = [.. compared.Select(c => c.RaterId).Distinct(StringComparer.Ordinal)];
        int[] folds = [.. compared.Select(c => c.Fold).Distinct().Order()];
        if (raters.Length < 2 || folds.Length < 2) return [];
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        int[] raterOf = [.. compared.Select(c => Array.IndexOf(raters, c.RaterId))];
        var directions = tensor(compared.SelectMany(c => c.Direction).ToArray(), [compared.Count, compared[0].Direction.Length]);
        var whitened = linalg.solve(SecondMoment(directions), directions.t()).t();
        var agreeing = new int[raters.Length];
        Tensor? first = null;
        foreach (var fold in folds)
        {
            var members = Members([.. compared.Select((c, i) => c.Fold == fold ? null : (int?)raterOf[i])], raters.Length);
            var sums = members.mm(directions);
            var sides = Sides(sums.mm(members.mm(whitened).t()));
            first ??= sides;
            var placed = sums * (sides * first.dot(sides).sign()).unsqueeze(-1);
            var margins = whitened.mm((placed.sum(dim: 0, keepdim: true) - placed).t()).data<double>().ToArray();
            foreach (var (i, _) in compared.Index().Where(c => c.Item.Fold == fold))
                if (margins[i * raters.Length + raterOf[i]] > 0) agreeing[raterOf[i]]++;
        }
        return [.. raters.Select((r, i) => new AxisAgreement(r, agreeing[i], raterOf.Count(x => x == i)))];
    }

    /// <summary>Mean of d d' over the comparisons plus D / N times its mean variance on the diagonal, [D, D]: with few of them nearly a sphere.</summary>
    private static Tensor SecondMoment(Tensor directions)
    {
        var (count, size) = (directions.shape[0], directions.shape[1]);
        var moment = directions.t().mm(directions).Over(count);
        return moment.Plus(eye(size, dtype: ScalarType.Float64) * moment.trace().Over(count));
    }

    /// <summary>[R, N]: 1 / sqrt(n_r) where the comparison is the rater's, so that who rates most does not decide most; null is left out.</summary>
    private static Tensor Members(int?[] raterOf, int raters)
    {
        var counts = raterOf.CountBy(r => r ?? -1).ToDictionary();
        var values = new double[raters * raterOf.Length];
        foreach (var (i, rater) in raterOf.Index())
            if (rater is { } r) values[r * raterOf.Length + i] = 1 / Math.Sqrt(counts[r]);
        return tensor(values, [raters, raterOf.Length]);
    }

    /// <summary>The leading eigenvector of the agreements between different raters, [R].</summary>
    private static Tensor Sides(Tensor agreements)
    {
        var between = agreements - agreements.diag().diag();
        var (_, vectors) = linalg.eigh(between);
        return vectors.select(1, -1);
    }
}
