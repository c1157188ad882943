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
        var seen = new HashSet<Gram<T>>();
        var total = 0;
        foreach (var answer in answers)
        {
            for (var start = 0; start + n <= answer.Count && total < grams; start++, total++)
                seen.Add(new([.. answer.Skip(start).Take(n)]));
        }
        return total == 0 ? 0 : (double)seen.Count / total;
    }

    /// <summary>How many n-grams there are, repetitions counted.</summary>
    public static int Count<T>(IEnumerable<IReadOnlyList<T>> answers, int n) => answers.Sum(a => Math.Max(0, a.Count - n + 1));

    private readonly struct Gram<T>(T[] items) : IEquatable<Gram<T>> where T : notnull
    {
        private readonly T[] _items = items;

        public bool Equals(Gram<T> other) => _items.AsSpan().SequenceEqual(other._items);

        public override bool Equals(object? obj) => obj is Gram<T> other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var item in _items) hash.Add(item);
            return hash.ToHashCode();
        }
    }
}
