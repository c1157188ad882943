namespace ChatLoop.Trainer.Gates;

/// <summary>
/// Distinct n-grams over all n-grams of a set of answers (Li et al. 2016): how varied they are together. N-grams do not cross
/// answers.
/// </summary>
public static class DistinctN
{
    /// <returns>In (0, 1]; 0 when no answer is as long as n.</returns>
    public static double Of<T>(IEnumerable<IReadOnlyList<T>> answers, int n) where T : notnull
    {
        var seen = new HashSet<Gram<T>>();
        var total = 0;
        foreach (var answer in answers)
        {
            for (var start = 0; start + n <= answer.Count; start++, total++)
                seen.Add(new([.. answer.Skip(start).Take(n)]));
        }
        return total == 0 ? 0 : (double)seen.Count / total;
    }

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
