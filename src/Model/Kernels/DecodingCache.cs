using System.Runtime.InteropServices;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// Keys and values of up to <see cref="Slots"/> sequences, as the decode kernels read them. Slots 0 … n-1 are in use; a sequence that
/// leaves is replaced by the last one, without a copy. Keys lie in blocks of <see cref="BlockTokens"/> tokens, [E, 16] each, so that a
/// register holds one dimension of 16 tokens and scores need no sum over lanes; values lie token by token. Not thread-safe.
/// </summary>
public sealed unsafe class DecodingCache : IDisposable
{
    internal const int BlockTokens = 16;

    private readonly TransformerConfig _config;
    private readonly int _blocks;
    /// <summary>By place; a slot's sequence is at <see cref="_places"/>[slot].</summary>
    private readonly float*[] _memory;
    private readonly int[] _places;
    private readonly int[] _lengths;

    public DecodingCache(TransformerConfig config, int slots, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_config, Slots, Capacity) = (config, slots, capacity);
        _blocks = (capacity + BlockTokens - 1) / BlockTokens;
        ValueStride = RowBuffer.RoundUp(config.HeadSize, BlockTokens);
        _places = [.. Enumerable.Range(0, slots)];
        _lengths = new int[slots];
        _memory = new float*[slots];
        var bytes = (nuint)(config.Layers * SizeOfLayer * sizeof(float));
        for (var place = 0; place < slots; place++) _memory[place] = (float*)NativeMemory.AlignedAlloc(bytes, 64);
    }

    public int Slots { get; }
    /// <summary>Tokens per slot.</summary>
    public int Capacity { get; }
    public int Used { get; private set; }

    /// <summary>From one token's value to the next, in numbers: the head size, made up to whole registers.</summary>
    internal int ValueStride { get; }

    private long SizeOfKeys => (long)_blocks * BlockTokens * _config.HeadSize;
    private long SizeOfValues => (long)_blocks * BlockTokens * ValueStride;
    private long SizeOfLayer => _config.KeyValueHeads * (SizeOfKeys + SizeOfValues);

    public int Length(int slot) => _lengths[_places[slot]];

    /// <summary>Takes the next free slot.</summary>
    public int Add()
    {
        if (Used == Slots) throw new InvalidOperationException("The key/value cache is full.");
        _lengths[_places[Used]] = 0;
        return Used++;
    }

    /// <summary>Frees a slot by moving the last one into it. Returns the slot that moved, or null when none had to.</summary>
    public int? Remove(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, Used);
        var last = --Used;
        (_places[slot], _places[last]) = (_places[last], _places[slot]);
        return slot == last ? null : last;
    }

    /// <summary>Replaces a slot's sequence by one that was run through the transformer.</summary>
    public void Take(KeyValueCache source, int sourceSlot, int slot)
    {
        var length = source.Length(sourceSlot);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Capacity);
        _lengths[_places[slot]] = length;
        if (length == 0) return;
        var (groups, size) = (_config.KeyValueHeads, _config.HeadSize);
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            fixed (float* tokens = source.Remembered(layer, sourceSlot))
            {
                for (var token = 0; token < length; token++)
                {
                    var keys = tokens + (long)token * 2 * groups * size;
                    for (var group = 0; group < groups; group++)
                        Write(layer, slot, group, token, keys + group * size, keys + (groups + group) * size);
                }
            }
        }
    }

    /// <summary>[blocks, E, 16] of a layer, sequence and head.</summary>
    internal float* Keys(int layer, int slot, int group) =>
        _memory[_places[slot]] + layer * SizeOfLayer + group * (SizeOfKeys + SizeOfValues);

    /// <summary>[tokens, <see cref="ValueStride"/>] of a layer, sequence and head.</summary>
    internal float* Values(int layer, int slot, int group) => Keys(layer, slot, group) + SizeOfKeys;

    /// <summary>Writes the key and value of one token and head, [E] each.</summary>
    internal void Write(int layer, int slot, int group, int token, float* key, float* value)
    {
        var keys = Keys(layer, slot, group) + (long)(token / BlockTokens) * BlockTokens * _config.HeadSize + token % BlockTokens;
        var values = Values(layer, slot, group) + (long)token * ValueStride;
        for (var i = 0; i < _config.HeadSize; i++) (keys[i * BlockTokens], values[i]) = (key[i], value[i]);
    }

    /// <summary>Slots 0 … count - 1 have one token more, once every layer has written it.</summary>
    internal void Advance(int count)
    {
        for (var slot = 0; slot < count; slot++) _lengths[_places[slot]]++;
    }

    public void Dispose()
    {
        for (var place = 0; place < _memory.Length; place++)
        {
            NativeMemory.AlignedFree(_memory[place]);
            _memory[place] = null;
        }
    }
}
