using System.Numerics;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Kernels;

namespace ChatLoop.Model.Sampling;

/// <param name="LogProbability">In nats, under the distribution that the token was drawn from.</param>
public readonly record struct TokenLogProbability(int Id, float LogProbability);

/// <param name="LogProbability">In nats, under the distribution that the token was drawn from.</param>
public readonly record struct SampledToken(int Id, float LogProbability)
{
    /// <summary>The likeliest tokens of that distribution, the likeliest first; null when none were asked for.</summary>
    public IReadOnlyList<TokenLogProbability>? Alternatives { get; init; }
}

/// <summary>How one row of a batch is sampled; stream and history are the row's own, so the rest of the batch never matters.</summary>
/// <param name="History">Prompt and answer so far; may be null where the parameters do not look back.</param>
/// <param name="Alternatives">How many likeliest tokens are reported beside the one drawn.</param>
/// <param name="Constraint">Where the answer is in its constraint; may be null where the parameters ask for none.</param>
public readonly record struct SamplingRow(
    SamplingParameters Parameters, SeededRandom Random, TokenHistory? History = null, int Alternatives = 0, ConstrainedAnswer? Constraint = null);

/// <summary>
/// Draws tokens from logits. The distribution is softmax(logits / temperature) of the logits after bias and penalties
/// (<see cref="LogitAdjustment"/>), without the tokens that a constraint forbids, cut to the k most likely tokens, then to the smallest set of most likely ones whose share reaches
/// top-p (Holtzman et al. 2020), then to those at least min-p times as likely as the likeliest (Nguyen et al. 2024), and renormalised:
/// its log-probability is the one reported. Greedy (temperature 0) reports the log-probability at temperature 1, uncut. Reuses its
/// buffers; not thread-safe.
/// </summary>
public sealed class TokenSampler
{
    private static readonly Comparer<ulong> Descending = Comparer<ulong>.Create((a, b) => b.CompareTo(a));

    private float[] _adjusted = [];
    private float[] _weights = [];
    private ulong[] _keys = [];
    /// <summary>Tokens that have kept their weight, in the order of their ids; of a distribution that is cut.</summary>
    private int[] _candidates = [];
    private int _candidateCount;
    private bool _isCut;
    /// <summary>Kept, as a new one would be allocated for every token.</summary>
    private readonly Func<ulong, double> _weightOf;

    public TokenSampler() => _weightOf = key => _weights[TokenOrder.IdOf(key)];

    /// <summary>Samples one row of logits, [V].</summary>
    /// <exception cref="InvalidDataException">A logit is not a number, or infinite.</exception>
    /// <exception cref="ArgumentException">The parameters look back, and the row has no history; or they ask for a constraint, and it has none.</exception>
    public SampledToken Sample(ReadOnlySpan<float> logits, SamplingRow row)
    {
        logits = Adjusted(logits, row.Parameters, row.History, row.Constraint);
        var max = FiniteMax(logits);
        var mass = Cut(logits, max, row.Parameters);
        var id = row.Parameters.Temperature == 0 ? logits.IndexOf(max) : Draw(logits.Length, row.Random.NextDouble() * mass);
        return new(id, LogProbability(logits[id], max, mass, row.Parameters))
        {
            Alternatives = row.Alternatives == 0 ? null : Likeliest(row.Alternatives, logits, max, mass, row.Parameters),
        };
    }

    /// <summary>
    /// What <see cref="Sample"/> would report had it drawn this token: minus infinity for one that the
    /// cut leaves out.
    /// </summary>
    /// <param name="history">The tokens before this one; may be null where the parameters do not look back.</param>
    /// <exception cref="InvalidDataException">A logit is not a number, or infinite.</exception>
    /// <exception cref="ArgumentException">The parameters look back, and there is no history; or they ask for a constraint.</exception>
    public float LogProbability(ReadOnlySpan<float> logits, SamplingParameters parameters, int token, TokenHistory? history = null)
    {
        logits = Adjusted(logits, parameters, history, constraint: null);
        var max = FiniteMax(logits);
        var mass = Cut(logits, max, parameters);
        return _weights[token] > 0 ? LogProbability(logits[token], max, mass, parameters) : float.NegativeInfinity;
    }

    private static float LogProbability(float logit, float max, double mass, SamplingParameters parameters) =>
        (float)((logit - max) * PerTemperature(parameters) - Math.Log(mass));

    private static float PerTemperature(SamplingParameters parameters) => parameters.Temperature == 0 ? 1 : (float)(1 / parameters.Temperature);

    private ReadOnlySpan<float> Adjusted(ReadOnlySpan<float> logits, SamplingParameters parameters, TokenHistory? history, ConstrainedAnswer? constraint)
    {
        if (constraint is null && TokenConstraint.IsNeeded(parameters))
            throw new ArgumentException("The parameters ask for a constraint: say where in it the answer is.", nameof(constraint));
        if (constraint is null && !LogitAdjustment.IsNeeded(parameters)) return logits;
        FiniteMax(logits);
        Reserve(ref _adjusted, logits.Length);
        var adjusted = _adjusted.AsSpan(0, logits.Length);
        logits.CopyTo(adjusted);
        LogitAdjustment.Apply(adjusted, parameters, history);
        constraint?.Apply(adjusted);
        return adjusted;
    }

    /// <summary>Leaves the weights of the tokens that may be drawn, 0 for the others. Returns their mass.</summary>
    private double Cut(ReadOnlySpan<float> logits, float max, SamplingParameters parameters)
    {
        Reserve(ref _weights, logits.Length);
        var mass = (double)BoltzmannWeights.Compute(logits, max, PerTemperature(parameters), _weights);
        var topK = parameters.TopK > 0 && parameters.TopK < logits.Length;
        _isCut = parameters.Temperature > 0 && (topK || parameters.TopP < 1 || parameters.MinP > 0);
        if (!_isCut) return mass;
        // All tokens below it together are less than what top-p leaves out: with a large vocabulary these are nearly all.
        var least = topK || parameters.TopP == 1 ? 0 : (float)((1 - parameters.TopP) * mass / 2 / logits.Length);
        FindCandidates(logits.Length, (float)Math.Max(least, topK || parameters.TopP < 1 ? 0 : parameters.MinP));
        if (topK) mass = Keep(logits, TokenOrder.LeastKept(Keys(logits), parameters.TopK, _ => 1));
        if (parameters.TopP < 1) mass = Keep(logits, TokenOrder.LeastKept(Keys(logits), parameters.TopP * mass, _weightOf));
        if (parameters.MinP > 0) mass = KeepFrom((float)parameters.MinP);
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
        var (drawn, cumulative, count) = (0, 0.0, _isCut ? _candidateCount : vocabulary);
        for (var i = 0; i < count; i++)
        {
            var id = _isCut ? _candidates[i] : i;
            // Rounding may leave the target beyond the last sum: then the last possible token is it.
            if (_weights[id] > 0) drawn = id;
            cumulative += _weights[id];
            if (cumulative > target) break;
        }
        return drawn;
    }

    /// <summary>Takes the weight from every token that weighs less; the others are the candidates.</summary>
    private void FindCandidates(int vocabulary, float least)
    {
        Reserve(ref _candidates, vocabulary);
        _candidateCount = 0;
        var (lanes, id) = (new Vector<float>(least), 0);
        for (; id + Vector<float>.Count <= vocabulary; id += Vector<float>.Count)
        {
            if (Vector.GreaterThanOrEqualAny(new Vector<float>(_weights, id), lanes)) FindAmong(id, id + Vector<float>.Count, least);
            else Vector<float>.Zero.CopyTo(_weights, id);
        }
        FindAmong(id, vocabulary, least);
    }

    private void FindAmong(int from, int to, float least)
    {
        for (var id = from; id < to; id++)
        {
            if (_weights[id] >= least) _candidates[_candidateCount++] = id;
            else _weights[id] = 0;
        }
    }

    private Span<ulong> Keys(ReadOnlySpan<float> logits)
    {
        Reserve(ref _keys, logits.Length);
        for (var i = 0; i < _candidateCount; i++) _keys[i] = TokenOrder.Key(logits[_candidates[i]], _candidates[i]);
        return _keys.AsSpan(0, _candidateCount);
    }

    /// <summary>Takes the weight from every token below the least one kept. Returns the mass of the others.</summary>
    private double Keep(ReadOnlySpan<float> logits, ulong least)
    {
        var (kept, mass) = (0, 0.0);
        for (var i = 0; i < _candidateCount; i++)
        {
            var id = _candidates[i];
            if (TokenOrder.Key(logits[id], id) < least) _weights[id] = 0;
            else mass += _weights[_candidates[kept++] = id];
        }
        _candidateCount = kept;
        return mass;
    }

    /// <summary>Takes the weight from every token whose weight is below this; the likeliest token's is 1. Returns the mass of the others.</summary>
    private double KeepFrom(float least)
    {
        var (kept, mass) = (0, 0.0);
        for (var i = 0; i < _candidateCount; i++)
        {
            var id = _candidates[i];
            if (_weights[id] < least) _weights[id] = 0;
            else mass += _weights[_candidates[kept++] = id];
        }
        _candidateCount = kept;
        return mass;
    }

    /// <summary>The most likely tokens that the cut leaves, ties in favour of the lower id.</summary>
    private TokenLogProbability[] Likeliest(int count, ReadOnlySpan<float> logits, float max, double mass, SamplingParameters parameters)
    {
        var best = new List<ulong>(count + 1);
        for (var id = 0; id < logits.Length; id++)
        {
            var key = TokenOrder.Key(logits[id], id);
            if (_weights[id] == 0 || best.Count == count && key < best[^1]) continue;
            best.Insert(~best.BinarySearch(key, Descending), key);
            if (best.Count > count) best.RemoveAt(count);
        }
        var alternatives = new TokenLogProbability[best.Count];
        for (var i = 0; i < alternatives.Length; i++)
        {
            var id = TokenOrder.IdOf(best[i]);
            alternatives[i] = new(id, LogProbability(logits[id], max, mass, parameters));
        }
        return alternatives;
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
}
