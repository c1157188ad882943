using ChatLoop.Model.Decoding;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Tests.Families;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Tests.Kernels;

/// <summary>What sequences share, and that sharing changes nothing of what they compute.</summary>
public sealed class PagedKeyValueCacheTests : IDisposable
{
    private readonly Transformer _transformer = FamilyModel.Load("llama-sharded");
    private readonly ThreadTeam _team = new(1);
    private readonly CpuDecoder _decoder;

    public PagedKeyValueCacheTests() => _decoder = new CpuDecoder(_transformer.Weights, _team, tokens: 64, logits: 1);

    [Fact]
    public void A_sequence_takes_over_the_full_blocks_of_what_it_begins_with()
    {
        using var cache = new PagedKeyValueCache(_transformer.Config, slots: 3, capacity: 64);
        var first = Run(cache, Tokens(40));
        cache.Remember(first);

        Assert.Equal(32, cache.Length(cache.Add(Tokens(50), 60)));
        // Of the same prompt all but the last token at most, which must run to give logits.
        Assert.Equal(16, cache.Length(cache.Add(Tokens(32), 60)));
    }

    [Fact]
    public void A_sequence_that_has_gone_is_remembered_with_its_answer()
    {
        using var cache = new PagedKeyValueCache(_transformer.Config, slots: 2, capacity: 64);
        cache.Remove(Run(cache, Tokens(48)));

        Assert.Equal(48, cache.Length(cache.Add(Tokens(60), 64)));
        Assert.Equal(0, cache.Length(cache.Add(Tokens(60, first: 1), 64)));
    }

    [Fact]
    public void What_is_taken_over_gives_the_same_logits_to_the_bit()
    {
        using var cache = new PagedKeyValueCache(_transformer.Config, slots: 3, capacity: 64);
        using var alone = new PagedKeyValueCache(_transformer.Config, slots: 1, capacity: 64);
        Run(alone, Tokens(50));
        float[] expected = [.. _decoder.Logits(0)];

        cache.Remove(Run(cache, Tokens(40)));
        var shared = cache.Add(Tokens(50), 60);
        var other = cache.Add(Tokens(45), 60);
        Go(cache, other, Tokens(45));
        Go(cache, shared, Tokens(50));

        Assert.Equal(expected, _decoder.Logits(0).ToArray());
    }

    [Fact]
    public void Other_weights_take_nothing_over_from_the_ones_before()
    {
        using var cache = new PagedKeyValueCache(_transformer.Config, slots: 2, capacity: 64);
        cache.Remove(Run(cache, Tokens(40)));
        var underWay = Run(cache, Tokens(40, first: 7));
        cache.ForgetPrefixes();
        cache.Remove(underWay);

        Assert.Equal(0, cache.Length(cache.Add(Tokens(50), 60)));
        Assert.Equal(0, cache.Length(cache.Add(Tokens(50, first: 7), 60)));
    }

    /// <summary>Four blocks: a sequence of 40 tokens is promised three, whether it has them yet or not.</summary>
    [Fact]
    public void Memory_is_promised_before_it_is_taken()
    {
        using var cache = new PagedKeyValueCache(_transformer.Config, slots: 3, capacity: 64, blocks: 4);
        var first = cache.Add([], 40);

        Assert.False(cache.HasRoomFor([], 17));
        Assert.True(cache.HasRoomFor([], 16));
        Assert.Throws<InvalidOperationException>(() => cache.Add([], 17));
        cache.Remove(first);
        Assert.True(cache.HasRoomFor([], 64));
    }

    [Fact]
    public void Remembered_blocks_give_way_to_sequences_that_need_them()
    {
        using var cache = new PagedKeyValueCache(_transformer.Config, slots: 2, capacity: 64, blocks: 4);
        for (var first = 0; first < 20; first++) cache.Remove(Run(cache, Tokens(64, first)));

        Assert.Equal(48, cache.Length(cache.Add(Tokens(64, first: 19), 64)));
    }

    [Fact]
    public void A_cache_that_cannot_hold_one_full_sequence_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PagedKeyValueCache(_transformer.Config, slots: 1, capacity: 65, blocks: 4));

    private int Run(PagedKeyValueCache cache, int[] tokens)
    {
        var slot = cache.Add([], tokens.Length);
        Go(cache, slot, tokens);
        return slot;
    }

    private void Go(PagedKeyValueCache cache, int slot, int[] tokens) =>
        _decoder.Step([.. tokens.Index().Skip(cache.Length(slot)).Select(t => new StepToken(slot, t.Item, t.Index + 1 == tokens.Length))], cache);

    private int[] Tokens(int count, int first = 0) =>
        [.. Enumerable.Range(0, count).Select(i => (i * i * 7 + i * 13 + first * 31 + 3) % _transformer.Config.VocabularySize)];

    public void Dispose()
    {
        _decoder.Dispose();
        _team.Dispose();
        _transformer.Dispose();
    }
}
