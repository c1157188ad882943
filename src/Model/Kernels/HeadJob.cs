using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// Readies the heads of the new tokens, one part each: normalises queries and keys where the family does, turns them by their
/// positions (<see cref="RotaryEmbedding"/>, same frequencies and layout), and remembers keys and values.
/// </summary>
internal sealed unsafe class HeadJob : ITeamJob, IDisposable
{
    private readonly TransformerConfig _config;
    /// <summary>In radians per position, [E / 2]; null where positions are learned.</summary>
    private readonly double[]? _frequencies;
    private readonly double _factor;
    private readonly RowBuffer _cos;
    private readonly RowBuffer _sin;
    private NormVectors? _queryNorm;
    private NormVectors? _keyNorm;
    private RowBuffer? _heads;
    private StepRows? _rows;
    private PagedKeyValueCache? _cache;
    private int _layer;

    /// <param name="rows">The most at once.</param>
    public HeadJob(TransformerConfig config, int rows)
    {
        _config = config;
        _frequencies = config.Family == ModelFamily.Gpt2 ? null : RotaryEmbedding.Frequencies(config);
        _factor = config.RopeScaling?.AttentionFactor ?? 1;
        (_cos, _sin) = (new RowBuffer(rows, config.HeadSize), new RowBuffer(rows, config.HeadSize));
    }

    /// <summary>Computes a token's rotation, which serves all layers.</summary>
    public void SetPosition(int row, int position)
    {
        if (_frequencies is null) return;
        for (var i = 0; i < _frequencies.Length; i++)
        {
            var angle = position * _frequencies[i];
            (_cos.Row(row)[i], _sin.Row(row)[i]) = ((float)(Math.Cos(angle) * _factor), (float)(Math.Sin(angle) * _factor));
        }
    }

    /// <param name="heads">[n, (H + 2 G) E]: queries, keys, values; queries are changed in place.</param>
    public void Run(
        ThreadTeam team, StepRows rows, NormVectors? queryNorm, NormVectors? keyNorm, RowBuffer heads, PagedKeyValueCache cache, int layer)
    {
        (_rows, _queryNorm, _keyNorm, _heads, _cache, _layer) = (rows, queryNorm, keyNorm, heads, cache, layer);
        team.Run(this, rows.Count);
    }

    public void Execute(int part, int worker)
    {
        var (size, queries, groups) = (_config.HeadSize, _config.Heads, _config.KeyValueHeads);
        var first = _heads!.Row(part);
        for (var head = 0; head < queries + groups; head++)
        {
            var x = first + head * size;
            if ((head < queries ? _queryNorm : _keyNorm) is { } norm) norm.Apply(x, x);
            if (_frequencies is not null) Rotate(x, _cos.Row(part), _sin.Row(part), size / 2);
        }
        float* keys = first + queries * size, values = keys + groups * size;
        for (var group = 0; group < groups; group++)
            _cache!.Write(_layer, _rows!.Slot(part), group, _rows.Position(part), keys + group * size, values + group * size);
    }

    /// <summary>Dimension i is paired with i + E/2.</summary>
    private static void Rotate(float* x, float* cos, float* sin, int half)
    {
        for (var i = 0; i < half; i++)
        {
            var (a, b) = (x[i], x[half + i]);
            (x[i], x[half + i]) = (a * cos[i] - b * sin[i], b * cos[i] + a * sin[i]);
        }
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
