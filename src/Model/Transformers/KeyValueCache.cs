using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// Keys and values of up to <see cref="Slots"/> sequences. Slots 0 … n-1 are in use; a sequence that leaves is replaced by the
/// last one, so that a decode step reads one contiguous block. Owns two tensors per layer, [Slots, Capacity, G, E] each.
/// Not thread-safe: it belongs to one engine thread.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;
    private readonly int[] _lengths;

    public KeyValueCache(TransformerConfig config, int slots, int capacity)
    {
        Slots = slots;
        Capacity = capacity;
        _lengths = new int[slots];
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => Allocate())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => Allocate())];

        Tensor Allocate() => zeros(slots, capacity, config.KeyValueHeads, config.HeadSize).DetachFromDisposeScope();
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
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var length = _lengths[last];
        foreach (var cache in _keys.Concat(_values)) cache[slot].narrow(0, 0, length).copy_(cache[last].narrow(0, 0, length));
        _lengths[slot] = length;
        return last;
    }

    /// <summary>The longest length among slots first … first + count - 1.</summary>
    internal int LongestOf(int first, int count) => _lengths.AsSpan(first, count).ToArray().Max();

    internal void Advance(int first, int count, int tokens)
    {
        for (var slot = first; slot < first + count; slot++) _lengths[slot] += tokens;
    }

    /// <summary>
    /// Writes the new keys and values, [n, T, G, E], of slots first … first + n - 1 at each slot's current length, and returns
    /// all that is cached for them, [n, longest, G, E]. Lengths move on only in <see cref="Advance"/>, after the last layer.
    /// </summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, int first, Tensor keys, Tensor values, Tensor rows)
    {
        var (n, tokens) = ((int)keys.shape[0], (int)keys.shape[1]);
        Write(_keys[layer], keys, rows);
        Write(_values[layer], values, rows);
        var longest = LongestOf(first, n) + tokens;
        return (_keys[layer].narrow(0, first, n).narrow(1, 0, longest), _values[layer].narrow(0, first, n).narrow(1, 0, longest));
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

    private void Write(Tensor cache, Tensor added, Tensor rows)
    {
        long[] flat = [Slots * Capacity, cache.shape[2], cache.shape[3]];
        using var view = cache.view(flat);
        view.index_copy_(0, rows, added.reshape(-1, cache.shape[2], cache.shape[3])).Dispose();
    }

    public void Dispose()
    {
        foreach (var cache in _keys.Concat(_values)) cache.Dispose();
    }
}
