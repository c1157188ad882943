using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// Attention of each new token over its sequence's cached keys and values, its own included: softmax(q Kᵀ / sqrt(E)) V for each query head, with
/// the largest score taken off first, so that no exponential overflows. Query heads share the keys and values of their group.
/// </summary>
internal sealed unsafe class AttentionJob : ITeamJob, IDisposable
{
    private const int PartsOfThread = 4;
    private const int Block = PagedKeyValueCache.BlockTokens;

    private readonly TransformerConfig _config;
    private readonly float _scale;
    /// <summary>By worker: a score for each token.</summary>
    private readonly RowBuffer _scores;
    /// <summary>By worker: one head's result, made up to whole registers.</summary>
    private readonly RowBuffer _attended;
    private RowBuffer? _queries;
    private RowBuffer? _result;
    private StepRows? _rows;
    private PagedKeyValueCache? _cache;
    private int _layer;
    private int _heads;
    private int _parts;

    public AttentionJob(TransformerConfig config, int threads)
    {
        _config = config;
        _scale = 1 / MathF.Sqrt(config.HeadSize);
        _scores = new RowBuffer(threads, RowBuffer.RoundUp(config.MaxPositions, Block));
        _attended = new RowBuffer(threads, RowBuffer.RoundUp(config.HeadSize, Block));
    }

    /// <param name="queries">[n, H E or more], the query heads first.</param>
    /// <param name="result">[n, H E].</param>
    /// <param name="cache">Holds the new tokens' keys and values at their places.</param>
    public void Run(ThreadTeam team, StepRows rows, RowBuffer queries, PagedKeyValueCache cache, int layer, RowBuffer result)
    {
        (_rows, _queries, _cache, _layer, _result) = (rows, queries, cache, layer, result);
        _heads = rows.Count * _config.Heads;
        _parts = Math.Min(_heads, team.Threads * PartsOfThread);
        team.Run(this, _parts);
    }

    public void Execute(int part, int worker)
    {
        var to = (int)((long)_heads * (part + 1) / _parts);
        for (var head = (int)((long)_heads * part / _parts); head < to; head++)
        {
            var (row, query) = Math.DivRem(head, _config.Heads);
            if (Vector512.IsHardwareAccelerated) Attend<Vector512<float>, Lanes512>(row, query, worker);
            else Attend<Vector256<float>, Lanes256>(row, query, worker);
        }
    }

    private void Attend<V, L>(int row, int query, int worker) where V : struct where L : struct, ILanes<V>
    {
        var (size, slot, token) = (_config.HeadSize, _rows!.Slot(row), _rows.Position(row));
        var first = _config.WindowOf(_layer) is { } window ? Math.Max(0, token - window + 1) : 0;
        var group = query / (_config.Heads / _config.KeyValueHeads);
        float* scores = _scores.Row(worker), attended = _attended.Row(worker);
        Score<V, L>(_queries!.Row(row) + query * size, slot, group, scores, first, token);
        var perWeight = 1 / Exponentiate<V, L>(scores, first, token);
        Mix<V, L>(scores, slot, group, attended, first, token, perWeight);
        var result = _result!.Row(row) + query * size;
        for (var i = 0; i < size; i++) result[i] = attended[i];
    }

    /// <summary>Scores of tokens first … last, and minus infinity for the others of their blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score<V, L>(float* query, int slot, int group, float* scores, int first, int last) where V : struct where L : struct, ILanes<V>
    {
        var (size, scale) = (_config.HeadSize, L.Broadcast(_scale));
        for (var block = first / Block; block <= last / Block; block++)
        {
            var keys = _cache!.Keys(_layer, slot, group, block);
            for (var lane = 0; lane < Block; lane += L.Count)
            {
                var column = keys + lane;
                V even = L.Zero, odd = L.Zero;
                var i = 0;
                for (; i + 2 <= size; i += 2)
                {
                    even = L.MultiplyAdd(L.Broadcast(query[i]), L.Load(column + i * Block), even);
                    odd = L.MultiplyAdd(L.Broadcast(query[i + 1]), L.Load(column + (i + 1) * Block), odd);
                }
                if (i < size) even = L.MultiplyAdd(L.Broadcast(query[i]), L.Load(column + i * Block), even);
                L.Store(L.Multiply(L.Add(even, odd), scale), scores + block * Block + lane);
            }
        }
        for (var hidden = first / Block * Block; hidden < first; hidden++) scores[hidden] = float.NegativeInfinity;
        for (var hidden = last + 1; hidden % Block != 0; hidden++) scores[hidden] = float.NegativeInfinity;
    }

    /// <summary>Scores become exp(score - highest) in place. Returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate<V, L>(float* scores, int first, int last) where V : struct where L : struct, ILanes<V>
    {
        var (from, to) = (first / Block * Block, (last / Block + 1) * Block);
        var highest = L.Load(scores + from);
        for (var i = from; i < to; i += L.Count) highest = L.Max(highest, L.Load(scores + i));
        var (largest, sums) = (L.Broadcast(L.Highest(highest)), L.Zero);
        for (var i = from; i < to; i += L.Count)
        {
            var weights = L.Exp(L.Subtract(L.Load(scores + i), largest));
            L.Store(weights, scores + i);
            sums = L.Add(sums, weights);
        }
        return L.Sum(sums);
    }

    /// <summary>The weighted mean of the values, up to four registers of dimensions at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Mix<V, L>(float* weights, int slot, int group, float* mean, int first, int last, float perWeight)
        where V : struct where L : struct, ILanes<V>
    {
        var (stride, scale, i) = (_cache!.ValueStride, L.Broadcast(perWeight), 0);
        for (; i + 4 * L.Count <= stride; i += 4 * L.Count)
        {
            V a = L.Zero, b = L.Zero, c = L.Zero, d = L.Zero;
            for (int token = first, end; token <= last; token = end)
            {
                end = Math.Min(last + 1, (token / Block + 1) * Block);
                var value = _cache.Values(_layer, slot, group, token / Block) + token % Block * stride + i;
                for (; token < end; token++, value += stride)
                {
                    var weight = L.Broadcast(weights[token]);
                    a = L.MultiplyAdd(weight, L.Load(value), a);
                    b = L.MultiplyAdd(weight, L.Load(value + L.Count), b);
                    c = L.MultiplyAdd(weight, L.Load(value + 2 * L.Count), c);
                    d = L.MultiplyAdd(weight, L.Load(value + 3 * L.Count), d);
                }
            }
            L.Store(L.Multiply(a, scale), mean + i);
            L.Store(L.Multiply(b, scale), mean + i + L.Count);
            L.Store(L.Multiply(c, scale), mean + i + 2 * L.Count);
            L.Store(L.Multiply(d, scale), mean + i + 3 * L.Count);
        }
        for (; i < stride; i += L.Count)
        {
            var sum = L.Zero;
            for (int token = first, end; token <= last; token = end)
            {
                end = Math.Min(last + 1, (token / Block + 1) * Block);
                var value = _cache.Values(_layer, slot, group, token / Block) + token % Block * stride + i;
                for (; token < end; token++, value += stride) sum = L.MultiplyAdd(L.Broadcast(weights[token]), L.Load(value), sum);
            }
            L.Store(L.Multiply(sum, scale), mean + i);
        }
    }

    public void Dispose()
    {
        _scores.Dispose();
        _attended.Dispose();
    }
}
