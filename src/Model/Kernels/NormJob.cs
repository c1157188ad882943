using System.Runtime.Intrinsics;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Kernels;

/// <summary>The numbers of a norm where its tensors keep them; whoever uses it keeps them alive.</summary>
internal readonly unsafe struct NormVectors(float epsilon, int width)
{
    public float* Weight { get; private init; }
    /// <summary>Null for RMSNorm.</summary>
    public float* Bias { get; private init; }

    public static NormVectors Of(Norm norm) => new((float)norm.Epsilon, (int)norm.Weight.shape[0])
    {
        Weight = Matrix.Vector(norm.Weight),
        Bias = norm.Bias is null ? null : Matrix.Vector(norm.Bias),
    };

    /// <summary>y = norm(x), [width]; y may be x.</summary>
    public void Apply(float* x, float* y)
    {
        if (Vector512.IsHardwareAccelerated) Apply<Vector512<float>, Lanes512>(x, y);
        else Apply<Vector256<float>, Lanes256>(x, y);
    }

    public void Apply<V, L>(float* x, float* y) where V : struct where L : struct, ILanes<V>
    {
        var mean = Bias == null ? 0 : Sum<V, L>(x) / width;
        var scale = 1 / MathF.Sqrt(SumOfSquares<V, L>(x, mean) / width + epsilon);
        var i = 0;
        V means = L.Broadcast(mean), scales = L.Broadcast(scale);
        for (; i + L.Count <= width; i += L.Count)
        {
            var scaled = L.Multiply(L.Multiply(L.Subtract(L.Load(x + i), means), scales), L.Load(Weight + i));
            L.Store(Bias == null ? scaled : L.Add(scaled, L.Load(Bias + i)), y + i);
        }
        for (; i < width; i++) y[i] = (x[i] - mean) * scale * Weight[i] + (Bias == null ? 0 : Bias[i]);
    }

    private float Sum<V, L>(float* x) where V : struct where L : struct, ILanes<V>
    {
        var (sums, i) = (L.Zero, 0);
        for (; i + L.Count <= width; i += L.Count) sums = L.Add(sums, L.Load(x + i));
        var sum = L.Sum(sums);
        for (; i < width; i++) sum += x[i];
        return sum;
    }

    private float SumOfSquares<V, L>(float* x, float mean) where V : struct where L : struct, ILanes<V>
    {
        var (sums, means, i) = (L.Zero, L.Broadcast(mean), 0);
        for (; i + L.Count <= width; i += L.Count)
        {
            var centred = L.Subtract(L.Load(x + i), means);
            sums = L.MultiplyAdd(centred, centred, sums);
        }
        var sum = L.Sum(sums);
        for (; i < width; i++) sum += (x[i] - mean) * (x[i] - mean);
        return sum;
    }
}

/// <summary>Normalises the rows of a batch, one part each.</summary>
internal sealed unsafe class NormJob : ITeamJob
{
    private NormVectors _norm;
    private RowBuffer? _x;
    private RowBuffer? _y;

    public void Run(ThreadTeam team, in NormVectors norm, RowBuffer x, RowBuffer y, int count)
    {
        (_norm, _x, _y) = (norm, x, y);
        team.Run(this, count);
    }

    public void Execute(int part, int worker) => _norm.Apply(_x!.Row(part), _y!.Row(part));
}
