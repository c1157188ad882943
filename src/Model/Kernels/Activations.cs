using System.Runtime.Intrinsics;

namespace ChatLoop.Model.Kernels;

/// <summary>The MLP's non-linear functions, in place or of a product, for columns from … to - 1 of n rows.</summary>
internal static unsafe class Activations
{
    /// <summary>silu(gate) * up with the gates in columns 0 … width - 1 and the ups after them (Shazeer 2020).</summary>
    public static void SwiGlu(RowBuffer gates, int width, RowBuffer result, int count, int from, int to)
    {
        for (var row = 0; row < count; row++)
        {
            float* gate = gates.Row(row), y = result.Row(row);
            if (Vector512.IsHardwareAccelerated) SwiGlu<Vector512<float>, Lanes512>(gate, gate + width, y, from, to);
            else SwiGlu<Vector256<float>, Lanes256>(gate, gate + width, y, from, to);
        }
    }

    /// <summary>The tanh form of GELU (Hendrycks and Gimpel 2016), Hugging Face's "gelu_new".</summary>
    public static void Gelu(RowBuffer values, int count, int from, int to)
    {
        for (var row = 0; row < count; row++)
        {
            if (Vector512.IsHardwareAccelerated) Gelu<Vector512<float>, Lanes512>(values.Row(row), from, to);
            else Gelu<Vector256<float>, Lanes256>(values.Row(row), from, to);
        }
    }

    public static void SwiGlu<V, L>(float* gate, float* up, float* y, int from, int to) where V : struct where L : struct, ILanes<V>
    {
        var i = from;
        for (; i + L.Count <= to; i += L.Count)
        {
            var g = L.Load(gate + i);
            L.Store(L.Multiply(TimesSigmoid<V, L>(g, g), L.Load(up + i)), y + i);
        }
        for (; i < to; i++) y[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
    }

    /// <summary>(1 + tanh u) / 2 is the sigmoid of 2 u.</summary>
    public static void Gelu<V, L>(float* x, int from, int to) where V : struct where L : struct, ILanes<V>
    {
        const float Twice = 1.5957691216057308f; // 2 sqrt(2 / pi)
        const float Cubic = 0.044715f;
        var i = from;
        for (; i + L.Count <= to; i += L.Count)
        {
            var a = L.Load(x + i);
            var cubed = L.Multiply(L.Multiply(a, a), a);
            var inner = L.Multiply(L.MultiplyAdd(L.Broadcast(Cubic), cubed, a), L.Broadcast(Twice));
            L.Store(TimesSigmoid<V, L>(a, inner), x + i);
        }
        for (; i < to; i++) x[i] /= 1 + MathF.Exp(-Twice * (x[i] + Cubic * x[i] * x[i] * x[i]));
    }

    /// <summary>a / (1 + exp(-b)).</summary>
    private static V TimesSigmoid<V, L>(V a, V b) where V : struct where L : struct, ILanes<V> =>
        L.Divide(a, L.Add(L.Broadcast(1), L.Exp(L.Subtract(L.Zero, b))));
}
