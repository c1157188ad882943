using System.Runtime.InteropServices;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// Keys and values of up to <see cref="Slots"/> sequences, as the decode kernels read them, in blocks of <see cref="BlockTokens"/> tokens
/// that sequences take as they grow, and share where they begin with the same tokens. Within a block, layer by layer and head by head, keys
/// lie as [E, 16], so that a register holds one dimension of 16 tokens and scores need no sum over lanes; values lie token by token. Memory
/// that no block has used yet costs nothing. Not thread-safe.
/// </summary>
public sealed unsafe class PagedKeyValueCache : IDisposable
{
    /// <summary>Tokens of a block.</summary>
    public const int BlockTokens = 16;

    private readonly TransformerConfig _config;
    private readonly BlockPool _pool;
    private readonly Sequence[] _sequences;
    private readonly Stack<int> _freeSlots;
    private readonly long _groupNumbers;
    private readonly long _layerNumbers;
    private readonly long _blockNumbers;
    private float* _memory;

    /// <param name="slots">Sequences at once.</param>
    /// <param name="capacity">Tokens of a sequence.</param>
    /// <param name="blocks">Of all sequences and of what is remembered; when null, so many that every slot can be full.</param>
    public PagedKeyValueCache(TransformerConfig config, int slots, int capacity, int? blocks = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_config, Slots, Capacity) = (config, slots, capacity);
        _pool = new BlockPool(blocks ?? slots * BlocksFor(capacity), BlockTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(_pool.Blocks, BlocksFor(capacity), nameof(blocks));
        _sequences = [.. Enumerable.Range(0, slots).Select(_ => new Sequence(capacity))];
        _freeSlots = new(Enumerable.Range(0, slots).Reverse());
        ValueStride = RowBuffer.RoundUp(config.HeadSize, BlockTokens);
        _groupNumbers = BlockTokens * (config.HeadSize + ValueStride);
        _layerNumbers = config.KeyValueHeads * _groupNumbers;
        _blockNumbers = config.Layers * _layerNumbers;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(_pool.Blocks * _blockNumbers * sizeof(float)), 64);
    }

    public int Slots { get; }
    /// <summary>Tokens per slot.</summary>
    public int Capacity { get; }

    /// <summary>Blocks that sequences may still take.</summary>
    private int Promised { get; set; }

    /// <summary>From one token's value to the next, in numbers: the head size, made up to whole registers.</summary>
    internal int ValueStride { get; }

    /// <summary>What a block takes over all layers, in bytes.</summary>
    public static long BytesOfBlock(TransformerConfig config) => (long)config.Layers * config.KeyValueHeads * BlockTokens
        * (config.HeadSize + RowBuffer.RoundUp(config.HeadSize, BlockTokens)) * sizeof(float);

    /// <summary>Blocks that so many tokens take.</summary>
    public static int BlocksFor(int tokens) => (tokens + BlockTokens - 1) / BlockTokens;

    /// <summary>Tokens of a sequence that are cached.</summary>
    public int Length(int slot) => _sequences[slot].Length;

    /// <summary>
    /// Whether a sequence that grows to so many tokens can be added. What it shares with sequences that are there takes no memory.
    /// </summary>
    public bool HasRoomFor(ReadOnlySpan<int> prompt, int tokens) =>
        _freeSlots.Count > 0 && BlocksFor(tokens) - RememberedBlocks(prompt, usedOnly: true) <= _pool.Unused - Promised;

    /// <summary>Whether a sequence added later would find more of its prompt here, once a sequence with this other prompt has run it.</summary>
    public bool WouldShare(ReadOnlySpan<int> prompt, ReadOnlySpan<int> other) =>
        Math.Min(prompt.CommonPrefixLength(other), prompt.Length - 1) / BlockTokens > RememberedBlocks(prompt, usedOnly: false);

    /// <summary>Adds an empty sequence that may grow to the capacity.</summary>
    public int Add() => Add([], Capacity);

    /// <summary>
    /// Adds a sequence; what is remembered of its prompt's beginning is there already (<see cref="Length"/>), all but its last token at
    /// most. Blocks for all its tokens are promised: no sequence that was added runs out of memory.
    /// </summary>
    /// <param name="tokens">It will not grow beyond.</param>
    /// <returns>Its slot.</returns>
    public int Add(ReadOnlySpan<int> prompt, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Capacity);
        if (!HasRoomFor(prompt, tokens)) throw new InvalidOperationException("The key/value cache is full.");
        var slot = _freeSlots.Pop();
        _sequences[slot].Begin(tokens);
        TakeOver(_sequences[slot], prompt);
        Promised += BlocksFor(tokens) - _sequences[slot].Blocks;
        return slot;
    }

    /// <summary>Frees a slot. What it holds stays remembered, until its memory is needed.</summary>
    public void Remove(int slot)
    {
        Remember(slot);
        var sequence = _sequences[slot];
        // The last first: of what is remembered, the beginnings are worth most.
        for (var block = sequence.Blocks - 1; block >= 0; block--) _pool.Release(sequence.Table[block]);
        Promised -= BlocksFor(sequence.Limit) - sequence.Blocks;
        sequence.Begin(0);
        _freeSlots.Push(slot);
    }

    /// <summary>Lets sequences that come share the full blocks of this one.</summary>
    public void Remember(int slot)
    {
        var sequence = _sequences[slot];
        while (sequence.Known is { } parent && (sequence.Remembered + 1) * BlockTokens <= sequence.Length)
        {
            var block = sequence.Remembered++;
            var serial = _pool.Remember(sequence.Table[block], parent, sequence.Tokens.AsSpan(block * BlockTokens, BlockTokens));
            sequence.Known = serial == 0 ? null : serial;
        }
    }

    /// <summary>Takes the last tokens of a sequence back, none of them shared or remembered; the next ones come in their place.</summary>
    public void Shorten(int slot, int tokens)
    {
        var sequence = _sequences[slot];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, sequence.Length - sequence.Remembered * BlockTokens);
        sequence.Length -= tokens;
    }

    /// <summary>
    /// After other weights came: sequences under way keep what they have, but no later one takes it over.
    /// </summary>
    public void ForgetPrefixes()
    {
        _pool.ForgetAll();
        foreach (var sequence in _sequences) sequence.Known = null;
    }

    /// <summary>Makes sure that there is memory for a token at this place, whose key and value are about to be written.</summary>
    internal void Prepare(int slot, int position)
    {
        var sequence = _sequences[slot];
        for (; sequence.Blocks * BlockTokens <= position; Promised--) sequence.Table[sequence.Blocks++] = _pool.Take();
    }

    /// <summary>A sequence has one token more, once every layer has written it.</summary>
    internal void Append(int slot, int token)
    {
        var sequence = _sequences[slot];
        sequence.Tokens[sequence.Length++] = token;
    }

    /// <summary>How many tokens a sequence may hold.</summary>
    internal int LimitOf(int slot) => _sequences[slot].Limit;

    internal bool Has(int slot) => (uint)slot < (uint)Slots && _sequences[slot].Limit > 0;

    /// <summary>[E, 16] of a layer, head and block of a sequence.</summary>
    internal float* Keys(int layer, int slot, int group, int block) =>
        _memory + _sequences[slot].Table[block] * _blockNumbers + layer * _layerNumbers + group * _groupNumbers;

    /// <summary>[16, <see cref="ValueStride"/>] of a layer, head and block of a sequence.</summary>
    internal float* Values(int layer, int slot, int group, int block) => Keys(layer, slot, group, block) + BlockTokens * _config.HeadSize;

    /// <summary>Writes the key and value of one token and head, [E] each.</summary>
    internal void Write(int layer, int slot, int group, int position, float* key, float* value)
    {
        var (block, token) = Math.DivRem(position, BlockTokens);
        var keys = Keys(layer, slot, group, block);
        var values = keys + BlockTokens * _config.HeadSize + token * ValueStride;
        for (var i = 0; i < _config.HeadSize; i++) (keys[i * BlockTokens + token], values[i]) = (key[i], value[i]);
    }

    /// <summary>Of a prompt's beginning, all but its last token at most.</summary>
    /// <param name="usedOnly">Those alone that a sequence has.</param>
    private int RememberedBlocks(ReadOnlySpan<int> prompt, bool usedOnly)
    {
        var (parent, blocks) = (BlockPool.Root, 0);
        while ((blocks + 1) * BlockTokens < prompt.Length && _pool.Find(parent, prompt.Slice(blocks * BlockTokens, BlockTokens)) is { } block)
        {
            if (usedOnly && !_pool.IsUsed(block)) break;
            (parent, blocks) = (_pool.SerialOf(block), blocks + 1);
        }
        return blocks;
    }

    private void TakeOver(Sequence sequence, ReadOnlySpan<int> prompt)
    {
        while (sequence.Length + BlockTokens < prompt.Length)
        {
            var tokens = prompt.Slice(sequence.Length, BlockTokens);
            if (_pool.Find(sequence.Known!.Value, tokens) is not { } block) return;
            _pool.Share(block);
            sequence.Table[sequence.Blocks++] = block;
            tokens.CopyTo(sequence.Tokens.AsSpan(sequence.Length));
            (sequence.Length, sequence.Remembered, sequence.Known) = (sequence.Length + BlockTokens, sequence.Blocks, _pool.SerialOf(block));
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private sealed class Sequence(int capacity)
    {
        public int[] Tokens { get; } = new int[capacity];
        public int[] Table { get; } = new int[BlocksFor(capacity)];
        public int Blocks { get; set; }
        public int Length { get; set; }
        public int Limit { get; private set; }
        /// <summary>Blocks that are remembered or shared.</summary>
        public int Remembered { get; set; }
        /// <summary>What the next block that is remembered has as its parent; null once the sequence stands for no tokens alone.</summary>
        public long? Known { get; set; }

        public void Begin(int limit) => (Blocks, Length, Limit, Remembered, Known) = (0, 0, limit, 0, BlockPool.Root);
    }
}
