namespace ChatLoop.Trainer.Gates;

/// <summary>
/// How far answers repeat one another (Zhu et al. 2018, "Texygen", arXiv:1802.01886): the mean BLEU-4 (Papineni et al. 2002) of each
/// answer with all the others as references. 1 when every answer has its like. It rises with the number of answers, so that only
/// sets of one size compare. A precision of 0 counts as 0.1 matches (Chen and Cherry 2014, smoothing 1), as in Texygen.
/// Time and memory grow with the number of n-grams, not with the pairs of answers.
/// </summary>
public static class SelfBleu
{
    private const int Order = 4;
    private const double Epsilon = 0.1;

    /// <returns>In [0, 1]; NaN for fewer than two answers.</returns>
    public static double Of<T>(IReadOnlyList<IReadOnlyList<T>> answers) where T : notnull
    {
        if (answers.Count < 2) return double.NaN;
        var logs = new double[answers.Count];
        for (var n = 1; n <= Order; n++)
        {
            foreach (var (i, precision) in Precisions(answers, n).Index())
                logs[i] += precision > 0 ? Math.Log(precision) / Order : double.NegativeInfinity;
        }
        return Enumerable.Range(0, answers.Count).Average(i => BrevityPenalty(answers, i) * Math.Exp(logs[i]));
    }

    /// <summary>Of each answer: the share of its n-grams that are in another, each at most as often as that one has it.</summary>
    private static IEnumerable<double> Precisions<T>(IReadOnlyList<IReadOnlyList<T>> answers, int n) where T : notnull
    {
        Dictionary<NGram<T>, int>[] counts = [.. answers.Select(a => NGram.Of(a, n).CountBy(g => g).ToDictionary())];
        var most = new Dictionary<NGram<T>, TwoLargest>();
        foreach (var (owner, grams) in counts.Index())
        {
            foreach (var (gram, count) in grams) most[gram] = most.GetValueOrDefault(gram).With(count, owner);
        }
        foreach (var (owner, grams) in counts.Index())
        {
            var matches = grams.Sum(g => Math.Min(g.Value, most[g.Key].Beside(owner)));
            // An answer without a single word in common has BLEU 0; longer n-grams are smoothed.
            yield return (matches == 0 && n > 1 ? Epsilon : matches) / Math.Max(1, grams.Values.Sum());
        }
    }

    /// <summary>exp(1 - r / c) for an answer of c items shorter than r, the length nearest to its own among the others.</summary>
    private static double BrevityPenalty<T>(IReadOnlyList<IReadOnlyList<T>> answers, int i)
    {
        var own = answers[i].Count;
        if (own == 0) return 0;
        var nearest = answers.Where((_, j) => j != i).Select(a => a.Count).MinBy(length => (Math.Abs(length - own), length));
        return own >= nearest ? 1 : Math.Exp(1 - (double)nearest / own);
    }

    /// <summary>The two largest counts of an n-gram in one answer, of different answers.</summary>
    private readonly record struct TwoLargest(int First, int Owner, int Second)
    {
        public TwoLargest With(int count, int owner) =>
            count > First ? new(count, owner, First) : this with { Second = Math.Max(Second, count) };

        /// <summary>The largest in any other answer.</summary>
        public int Beside(int owner) => owner == Owner ? Second : First;
    }
}
