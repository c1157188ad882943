namespace ChatLoop.Trainer.Gates;

/// <summary>
/// Distinct n-grams over all n-grams of a set of answers (Li et al. 2016): how varied they are together. N-grams do not cross
/// answers. The share falls as text grows, so that sets of different size are compared over equally many n-grams.
/// </summary>
public static class DistinctN
{
    /// <param name="grams">Only this many are looked at, from the first answer on.</param>
    /// <returns>In (0, 1]; 0 when no answer is as long as n.</returns>
    public static double Of<T>(IEnumerable<IReadOnlyList<T>> answers, int n, int grams = int.MaxValue) where T : notnull
    {
        var (seen, total) = (new HashSet<NGram<T>>(), 0);
        foreach (var gram in answers.SelectMany(a => NGram.Of(a, n)).Take(grams))
        {
            seen.Add(gram);
            total++;
        }
        return total == 0 ? 0 : (double)seen.Count / total;
    }

    /// <summary>How many n-grams there are, repetitions counted.</summary>
    public static int Count<T>(IEnumerable<IReadOnlyList<T>> answers, int n) => answers.Sum(a => Math.Max(0, a.Count - n + 1));
}
