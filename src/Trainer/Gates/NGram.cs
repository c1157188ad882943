namespace ChatLoop.Trainer.Gates;

/// <summary>N tokens or words in a row; equal when their items are.</summary>
internal readonly struct NGram<T>(T[] items) : IEquatable<NGram<T>> where T : notnull
{
    private readonly T[] _items = items;

    public bool Equals(NGram<T> other) => _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => obj is NGram<T> other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items) hash.Add(item);
        return hash.ToHashCode();
    }
}

internal static class NGram
{
    /// <summary>All of one answer, from left to right, repetitions among them; none when it is shorter than n.</summary>
    public static IEnumerable<NGram<T>> Of<T>(IReadOnlyList<T> answer, int n) where T : notnull
    {
        for (var start = 0; start + n <= answer.Count; start++)
        {
            var items = new T[n];
            for (var i = 0; i < n; i++) items[i] = answer[start + i];
            yield return new(items);
        }
    }
}
