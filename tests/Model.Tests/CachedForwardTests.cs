using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests;

public sealed class CachedForwardTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabularySize = 50,
        HiddenSize = 32,
        IntermediateSize = 48,
        Layers = 3,
        Heads = 4,
        KeyValueHeads = 2,
        MaxPositions = 64,
    };

    /// <summary>Prefill, mixed-length batched decode and slot removal give the hidden states of the uncached pass.</summary>
    [Fact]
    public void Cached_batched_decode_equals_the_uncached_pass()
    {
        using var noGrad = no_grad();
        using var transformer = new Transformer(TransformerWeights.Initialise(Config, 7));
        using var cache = new KeyValueCache(Config, slots: 3, capacity: 40);
        long[][] sequences = [[1, 2, 3, 4, 5, 6, 7, 8], [9, 8, 7, 6, 5, 4], [11, 12, 13, 14, 15, 16, 17]];
        int[] prefills = [5, 3, 1];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i, cache.Add());
            AssertSame(sequences[i], 0, prefills[i], transformer.Hidden(Row(sequences[i][..prefills[i]]), cache, i)[0]);
        }

        DecodeAndCompare([0, 1, 2], step: 0);
        DecodeAndCompare([0, 1, 2], step: 1);
        Assert.Equal(2, cache.Remove(0));
        DecodeAndCompare([2, 1], step: 2);

        void DecodeAndCompare(int[] order, int step)
        {
            var next = order.Select(i => sequences[i][prefills[i] + step]).ToArray();
            using var hidden = transformer.Hidden(tensor(next).view(order.Length, 1), cache);
            for (var row = 0; row < order.Length; row++)
                AssertSame(sequences[order[row]], prefills[order[row]] + step, 1, hidden[row]);
        }

        void AssertSame(long[] sequence, int from, int count, TorchSharp.torch.Tensor actual)
        {
            using var whole = transformer.Hidden(Row(sequence));
            var difference = (whole[0].narrow(0, from, count) - actual).abs().max().item<float>();
            Assert.True(difference < 1e-5, $"hidden states differ by {difference}");
        }
    }

    private static Tensor Row(long[] tokens) => tensor(tokens).view(1, tokens.Length);
}
