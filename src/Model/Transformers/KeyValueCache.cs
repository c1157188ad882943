using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// Keys and values of up to <see cref="Slots"/> sequences. Slots 0 … n-1 are in use; a sequence that leaves is replaced by the
/// last one, so that a decode step reads one contiguous block. Owns one tensor per layer, [Slots, Capacity, 2 G, E]: the key heads,
/// then the value heads.
/// Not thread-safe: it belongs to one engine thread.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _layers;
    /// <summary>The same memory as [Slots * Capacity, 2 G, E].</summary>
    private readonly Tensor[] _rows;
    private readonly int[] _lengths;

    public KeyValueCache(TransformerConfig config, int slots, int capacity)
    {
        Slots = slots;
        Capacity = capacity;
        _lengths = new int[slots];
        _layers = [.. Enumerable.Range(0, config.Layers).Select(_ =>
            zeros(slots, capacity, 2 * config.KeyValueHeads, config.HeadSize).DetachFromDisposeScope())];
        _rows = [.. _layers.Select(l => l.view(slots * capacity, 2 * config.KeyValueHeads, config.HeadSize).DetachFromDisposeScope())];
    }

    public int Slots { get; }
    /// <summary>Tokens per slot.</summary>
    public int Capacity { get; }
    public int Used { get; private set; }

    public int Length(int slot) => _lengths[slot];

    /// <summary>Takes the next free slot.</summary>
    public int Add()
    {
        if (Used == Slots) throw new InvalidOperationException("The key/value cache is full.");
        _lengths[Used] = 0;
        return Used++;
    }

    /// <summary>Frees a slot by moving the last one into it. Returns the slot that moved, or null when none had to.</summary>
    public int? Remove(int slot)
    {
        var last = --Used;
        if (slot == last) return null;
        Move(last, slot);
        return last;
    }

    private void Move(int from, int to)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var layer in _layers) layer[to].narrow(0, 0, _lengths[from]).copy_(layer[from].narrow(0, 0, _lengths[from]));
        _lengths[to] = _lengths[from];
    }

    /// <summary>The longest length among slots first … first + count - 1.</summary>
    internal int LongestOf(int first, int count)
    {
        var longest = 0;
        foreach (var length in _lengths.AsSpan(first, count)) longest = Math.Max(longest, length);
        return longest;
    }

    internal void Advance(int first, int count, int tokens)
    {
        for (var slot = first; slot < first + count; slot++) _lengths[slot] += tokens;
    }

    /// <summary>
    /// Writes the new keys and values, [n, T, 2 G, E], of slots first … first + n - 1 to their <see cref="RowsFor"/>, and returns
    /// all that is cached for them, [n, longest, 2 G, E]. Lengths move on only in <see cref="Advance"/>, after the last layer.
    /// </summary>
    internal Tensor Append(int layer, int first, Tensor keysAndValues, Tensor rows)
    {
        var (n, tokens) = ((int)keysAndValues.shape[0], (int)keysAndValues.shape[1]);
        _rows[layer].index_copy_(0, rows, keysAndValues.flatten(0, 1));
        return _layers[layer].narrow(0, first, n).narrow(1, 0, LongestOf(first, n) + tokens);
    }

    /// <summary>Row numbers in the flattened [Slots * Capacity] cache where the next T tokens of each slot go, [n * T].</summary>
    internal Tensor RowsFor(int first, int count, int tokens)
    {
        var rows = new long[count * tokens];
        for (var i = 0; i < count; i++)
            for (var t = 0; t < tokens; t++)
                rows[i * tokens + t] = (long)(first + i) * Capacity + _lengths[first + i] + t;
        return tensor(rows);
    }

    public void Dispose()
    {
        foreach (var tensor in _rows.Concat(_layers)) tensor.Dispose();
    }
}
