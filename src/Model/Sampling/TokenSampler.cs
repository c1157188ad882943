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
    private ulong[] _keys = [];

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
        var max = FiniteMax(logits);
        var mass = Cut(logits, max, row.Parameters);
        var id = row.Parameters.Temperature == 0 ? logits.IndexOf(max) : Draw(logits.Length, row.Random.NextDouble() * mass);
        return new(id, LogProbability(logits[id], max, mass, row.Parameters));
    }

    /// <summary>
    /// What <see cref="Sample(ReadOnlySpan{float}, SamplingRow)"/> would report had it drawn this token: minus infinity for one that the
    /// cut leaves out.
    /// </summary>
    /// <exception cref="InvalidDataException">A logit is not a number, or infinite.</exception>
    public float LogProbability(ReadOnlySpan<float> logits, SamplingParameters parameters, int token)
    {
        var max = FiniteMax(logits);
        var mass = Cut(logits, max, parameters);
        return _weights[token] > 0 ? LogProbability(logits[token], max, mass, parameters) : float.NegativeInfinity;
    }

    private static float LogProbability(float logit, float max, double mass, SamplingParameters parameters) =>
        (float)((logit - max) * PerTemperature(parameters) - Math.Log(mass));

    private static float PerTemperature(SamplingParameters parameters) => parameters.Temperature == 0 ? 1 : (float)(1 / parameters.Temperature);

    /// <summary>Leaves the weights of the tokens that may be drawn, 0 for the others. Returns their mass.</summary>
    private double Cut(ReadOnlySpan<float> logits, float max, SamplingParameters parameters)
    {
        var mass = (double)Exponentiate(logits, max, PerTemperature(parameters));
        if (parameters.Temperature == 0) return mass;
        var topK = parameters.TopK > 0 && parameters.TopK < logits.Length;
        if (topK || parameters.TopP < 1)
        {
            Reserve(ref _keys, logits.Length);
            for (var token = 0; token < logits.Length; token++) _keys[token] = Key(logits[token], token);
        }
        var keys = _keys.AsSpan(0, Math.Min(_keys.Length, logits.Length));
        if (topK) mass = Keep(logits, LeastKept(keys, parameters.TopK, _ => 1));
        if (parameters.TopP < 1) mass = Keep(logits, LeastKept(keys, parameters.TopP * mass, key => _weights[IdOf(key)]));
        return mass;
    }

    private static float FiniteMax(ReadOnlySpan<float> logits)
    {
        var max = Max(logits);
        return float.IsFinite(max) ? max : throw new InvalidDataException("The model's logits are not finite numbers: the checkpoint is unusable.");
    }

    /// <summary>
    /// Walks the tokens in the order of their ids, not of their likelihoods: rounding differs with the batch, and where it swaps two
    /// near-equal tokens it must not change which one a seed draws.
    /// </summary>
    private int Draw(int vocabulary, double target)
    {
        var (drawn, cumulative) = (0, 0.0);
        for (var id = 0; id < vocabulary; id++)
        {
            // Rounding may leave the target beyond the last sum: then the last possible token is it.
            if (_weights[id] > 0) drawn = id;
            cumulative += _weights[id];
            if (cumulative > target) break;
        }
        return drawn;
    }

    /// <summary>Takes the weight from every token below the least one kept. Returns the mass of the others.</summary>
    private double Keep(ReadOnlySpan<float> logits, ulong least)
    {
        var mass = 0.0;
        for (var id = 0; id < logits.Length; id++)
        {
            if (Key(logits[id], id) < least) _weights[id] = 0;
            mass += _weights[id];
        }
        return mass;
    }

    /// <summary>
    /// Quickselect (Hoare 1961) by mass: the least key of the smallest set of greatest keys whose mass reaches the target.
    /// </summary>
    private static ulong LeastKept(Span<ulong> keys, double target, Func<ulong, double> massOf)
    {
        while (true)
        {
            var pivot = keys[keys.Length / 2];
            var greater = PartitionAround(pivot, keys);
            var mass = 0.0;
            foreach (var key in keys[..greater]) mass += massOf(key);
            if (greater > 0 && mass >= target)
            {
                keys = keys[..greater];
                continue;
            }
            mass += massOf(pivot);
            if (mass >= target || greater == keys.Length - 1) return pivot;
            keys = keys[(greater + 1)..];
            target -= mass;
        }
    }

    /// <summary>Puts the greater keys first, then the pivot, then the others. Returns how many are greater.</summary>
    private static int PartitionAround(ulong pivot, Span<ulong> keys)
    {
        var greater = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] <= pivot) continue;
            (keys[greater], keys[i]) = (keys[i], keys[greater]);
            greater++;
        }
        var at = greater + keys[greater..].IndexOf(pivot);
        (keys[greater], keys[at]) = (keys[at], keys[greater]);
        return greater;
    }

    /// <summary>weights = exp((logits - max) / temperature); returns their sum.</summary>
    private float Exponentiate(ReadOnlySpan<float> logits, float max, float perTemperature)
    {
        Reserve(ref _weights, logits.Length);
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

    private static void Reserve<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new T[length];
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
