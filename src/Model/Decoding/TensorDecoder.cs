using System.Runtime.InteropServices;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Decoding;

/// <summary>
/// Tensor operations, for adapters and for other devices than the processor. Sequences share nothing. Owns its cache, not the transformer.
/// </summary>
internal sealed class TensorDecoder : IBatchDecoder
{
    private readonly KeyValueCache _cache;
    /// <summary>By slot: where the cache has the sequence now; it moves the last one into a gap.</summary>
    private readonly int[] _placeOf;
    private readonly int[] _slotAt;
    private readonly Stack<int> _freeSlots;
    private float[] _logits = [];
    private Transformer _transformer;

    public TensorDecoder(Transformer transformer, int slots, int capacity)
    {
        _transformer = transformer;
        _cache = new KeyValueCache(transformer.Config, slots, capacity);
        (_placeOf, _slotAt) = (new int[slots], new int[slots]);
        _freeSlots = new(Enumerable.Range(0, slots).Reverse());
    }

    public int MostTokens => int.MaxValue;

    public int MostGuesses => 0;

    public bool HasRoomFor(ReadOnlySpan<int> prompt, int tokens) => _freeSlots.Count > 0;

    public bool WouldShare(ReadOnlySpan<int> prompt, ReadOnlySpan<int> other) => false;

    public int Add(ReadOnlySpan<int> prompt, int tokens)
    {
        var (slot, place) = (_freeSlots.Pop(), _cache.Add());
        (_placeOf[slot], _slotAt[place]) = (place, slot);
        return slot;
    }

    public int Length(int slot) => _cache.Length(_placeOf[slot]);

    public void Remember(int slot)
    {
    }

    public void Shorten(int slot, int tokens) => throw new NotSupportedException("Nothing is guessed here.");

    public void Remove(int slot)
    {
        var place = _placeOf[slot];
        if (_cache.Remove(place) is { } moved)
        {
            _slotAt[place] = _slotAt[moved];
            _placeOf[_slotAt[place]] = place;
        }
        _freeSlots.Push(slot);
    }

    /// <summary>Prompts one by one; single tokens together, as far as their places follow each other.</summary>
    public void Step(ReadOnlySpan<StepToken> tokens)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Reserve(tokens.Length);
        List<(int Place, int Id, int Index)> singles = [];
        var index = 0;
        for (int first = 0, end; first < tokens.Length; first = end)
        {
            end = first + 1;
            while (end < tokens.Length && tokens[end].Slot == tokens[first].Slot) end++;
            var place = _placeOf[tokens[first].Slot];
            if (end == first + 1 && tokens[first].GivesLogits) singles.Add((place, tokens[first].Id, index));
            else RunPrompt(tokens[first..end], place, index);
            if (tokens[end - 1].GivesLogits) index++;
        }
        singles.Sort();
        for (int first = 0, end; first < singles.Count; first = end)
        {
            end = first + 1;
            while (end < singles.Count && singles[end].Place == singles[end - 1].Place + 1) end++;
            RunSingles(CollectionsMarshal.AsSpan(singles)[first..end]);
        }
    }

    public ReadOnlySpan<float> Logits(int index) => Row(index);

    public void Use(Transformer transformer, DecoderWeights? weights) => _transformer = transformer;

    private void RunPrompt(ReadOnlySpan<StepToken> tokens, int place, int index)
    {
        using var scope = NewDisposeScope();
        var ids = new long[tokens.Length];
        for (var i = 0; i < ids.Length; i++) ids[i] = tokens[i].Id;
        var hidden = _transformer.Hidden(tensor(ids).view(1, -1), _cache, place);
        if (tokens[^1].GivesLogits) Copy(_transformer.Logits(hidden[0, -1]), Row(index));
    }

    private void RunSingles(ReadOnlySpan<(int Place, int Id, int Index)> singles)
    {
        using var scope = NewDisposeScope();
        var ids = new long[singles.Length];
        for (var i = 0; i < ids.Length; i++) ids[i] = singles[i].Id;
        var logits = _transformer.Logits(_transformer.Hidden(tensor(ids).view(-1, 1), _cache, singles[0].Place)).view(singles.Length, -1);
        for (var i = 0; i < ids.Length; i++) Copy(logits[i], Row(singles[i].Index));
    }

    private static void Copy(Tensor logits, Span<float> row) =>
        MemoryMarshal.Cast<byte, float>(logits.to(ScalarType.Float32).cpu().contiguous().bytes).CopyTo(row);

    private Span<float> Row(int index) => _logits.AsSpan(index * _transformer.Config.VocabularySize, _transformer.Config.VocabularySize);

    private void Reserve(int rows)
    {
        // Only the last token of a sequence gives logits.
        var numbers = Math.Min(rows, _placeOf.Length) * _transformer.Config.VocabularySize;
        if (_logits.Length < numbers) _logits = new float[numbers];
    }

    public void Dispose() => _cache.Dispose();
}
