using System.Numerics;
using System.Runtime.InteropServices;
using ChatLoop.Contracts.Generation;
using static TorchSharp.torch;

namespace ChatLoop.Model.Sampling;

/// <param name="LogProbability">In nats, under the distribution that the token was drawn from.</param>
public readonly record struct SampledToken(int Id, float LogProbability);

/// <summary>How one row of a batch is sampled; the random stream is the row's own, so the rest of the batch never matters.</summary>
public readonly record struct SamplingRow(SamplingParameters Parameters, SeededRandom Random);

/// <summary>
/// Draws tokens from logits. The distribution is softmax(logits / temperature), cut to the k most likely tokens, then to the smallest
/// set of most likely ones whose share reaches top-p (Holtzman et al. 2020), and renormalised: its log-probability is the one
/// reported. Greedy (temperature 0) reports the log-probability at temperature 1. Reuses its buffers; not thread-safe.
/// </summary>
public sealed class TokenSampler
{
    private float[] _weights = [];
    private ulong[] _candidates = [];

    /// <summary>Samples each row of logits, [n, V].</summary>
    /// <exception cref="InvalidDataException">A row has a logit that is not a number, or infinite.</exception>
    public void Sample(Tensor logits, ReadOnlySpan<SamplingRow> rows, Span<SampledToken> tokens)
    {
        using var scope = NewDisposeScope();
        var values = MemoryMarshal.Cast<byte, float>(logits.detach().to(ScalarType.Float32).cpu().contiguous().bytes);
        var vocabulary = values.Length / rows.Length;
        for (var row = 0; row < rows.Length; row++) tokens[row] = Sample(values.Slice(row * vocabulary, vocabulary), rows[row]);
    }

    /// <summary>Samples one row of logits, [V].</summary>
    /// <exception cref="InvalidDataException">A logit is not a number, or infinite.</exception>
    public SampledToken Sample(ReadOnlySpan<float> logits, SamplingRow row)
    {
        var (parameters, random) = row;
        var max = Max(logits);
        if (!float.IsFinite(max)) throw new InvalidDataException("The model's logits are not finite numbers: the checkpoint is unusable.");
        if (parameters.Temperature == 0) return new(logits.IndexOf(max), -MathF.Log(Exponentiate(logits, max, 1f)));

        var perTemperature = (float)(1 / parameters.Temperature);
        var topK = parameters.TopK > 0 && parameters.TopK < logits.Length;
        if (!topK && parameters.TopP >= 1) return Draw(logits, max, perTemperature, random);
        float? whole = null;
        var candidates = topK
            ? MostLikely(logits, parameters.TopK)
            : MoreLikelyThanTail(logits, max, perTemperature, parameters.TopP, out whole);
        candidates.Sort();
        return DrawFrom(candidates, logits, max, perTemperature, parameters.TopP, whole, random);
    }

    private SampledToken Draw(ReadOnlySpan<float> logits, float max, float perTemperature, SeededRandom random)
    {
        var total = Exponentiate(logits, max, perTemperature);
        var target = random.NextDouble() * total;
        var (id, cumulative) = (0, 0.0);
        for (var i = 0; i < logits.Length; i++)
        {
            // Rounding may leave the target beyond the last sum: then the last possible token is it.
            if (_weights[i] > 0) id = i;
            cumulative += _weights[i];
            if (cumulative > target) break;
        }
        return new(id, (logits[id] - max) * perTemperature - MathF.Log(total));
    }

    /// <summary>Draws from candidates in ascending order of likelihood. The whole's weight is theirs where it is not given.</summary>
    private SampledToken DrawFrom(Span<ulong> ascending, ReadOnlySpan<float> logits, float max, float perTemperature, double topP,
        float? whole, SeededRandom random)
    {
        Reserve(ascending.Length);
        var total = 0.0;
        for (var i = 0; i < ascending.Length; i++)
            total += _weights[i] = MathF.Exp((logits[IdOf(ascending[^(i + 1)])] - max) * perTemperature);

        var nucleus = topP * (whole ?? total);
        var (kept, mass) = (0, 0.0);
        while (kept < ascending.Length && (kept == 0 || topP >= 1 || mass < nucleus)) mass += _weights[kept++];

        var target = random.NextDouble() * mass;
        var (rank, cumulative) = (0, (double)_weights[0]);
        while (rank + 1 < kept && cumulative <= target) cumulative += _weights[++rank];
        var id = IdOf(ascending[^(rank + 1)]);
        return new(id, (float)((logits[id] - max) * perTemperature - Math.Log(mass)));
    }

    /// <summary>The k most likely tokens, in no order: a heap with the least of them on top.</summary>
    private Span<ulong> MostLikely(ReadOnlySpan<float> logits, int k)
    {
        Reserve(logits.Length);
        var heap = _candidates.AsSpan(0, k);
        for (var id = 0; id < k; id++) heap[id] = Key(logits[id], id);
        heap.Sort();
        for (var id = k; id < logits.Length; id++)
        {
            var key = Key(logits[id], id);
            if (key > heap[0]) ReplaceLeast(heap, key);
        }
        return heap;
    }

    private static void ReplaceLeast(Span<ulong> heap, ulong key)
    {
        var parent = 0;
        while (2 * parent + 1 < heap.Length)
        {
            var child = 2 * parent + 1;
            if (child + 1 < heap.Length && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= key) break;
            heap[parent] = heap[child];
            parent = child;
        }
        heap[parent] = key;
    }

    /// <summary>
    /// A superset of the nucleus that is cheap to find: tokens below (1 - p) / V of the whole weigh less than 1 - p together, so the
    /// others reach p without them.
    /// </summary>
    private Span<ulong> MoreLikelyThanTail(ReadOnlySpan<float> logits, float max, float perTemperature, double topP, out float? whole)
    {
        var total = Exponentiate(logits, max, perTemperature);
        whole = total;
        var least = (float)((1 - topP) / logits.Length * total);
        var count = 0;
        for (var id = 0; id < logits.Length; id++)
        {
            if (_weights[id] >= least) _candidates[count++] = Key(logits[id], id);
        }
        return _candidates.AsSpan(0, count);
    }

    /// <summary>weights = exp((logits - max) / temperature); returns their sum.</summary>
    private float Exponentiate(ReadOnlySpan<float> logits, float max, float perTemperature)
    {
        Reserve(logits.Length);
        var sums = Vector<float>.Zero;
        var i = 0;
        for (; i + Vector<float>.Count <= logits.Length; i += Vector<float>.Count)
        {
            var weights = Vector.Exp((new Vector<float>(logits[i..]) - new Vector<float>(max)) * perTemperature);
            weights.CopyTo(_weights, i);
            sums += weights;
        }
        var sum = Vector.Sum(sums);
        for (; i < logits.Length; i++) sum += _weights[i] = MathF.Exp((logits[i] - max) * perTemperature);
        return sum;
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        var max = float.NegativeInfinity;
        var i = 0;
        if (values.Length >= Vector<float>.Count)
        {
            var lanes = new Vector<float>(values);
            for (i = Vector<float>.Count; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
                lanes = Vector.Max(lanes, new Vector<float>(values[i..]));
            for (var lane = 0; lane < Vector<float>.Count; lane++) max = MathF.Max(max, lanes[lane]);
        }
        for (; i < values.Length; i++) max = MathF.Max(max, values[i]);
        return max;
    }

    private void Reserve(int vocabulary)
    {
        if (_weights.Length >= vocabulary) return;
        _weights = new float[vocabulary];
        _candidates = new ulong[vocabulary];
    }

    /// <summary>Orders tokens by logit, ties in favour of the lower id: the float's bits made monotonic, then the id inverted.</summary>
    private static ulong Key(float logit, int id)
    {
        var bits = BitConverter.SingleToInt32Bits(logit);
        var monotonic = (uint)(bits ^ ((bits >> 31) | int.MinValue));
        return ((ulong)monotonic << 32) | ~(uint)id;
    }

    private static int IdOf(ulong key) => (int)~(uint)key;
}
