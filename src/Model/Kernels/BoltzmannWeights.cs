using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ChatLoop.Model.Kernels;

/// <summary>The unnormalised probabilities of tokens: exp((logit - highest) / temperature), so that the likeliest weighs 1.</summary>
internal static unsafe class BoltzmannWeights
{
    /// <param name="weights">As many as logits.</param>
    /// <returns>Their sum.</returns>
    public static float Compute(ReadOnlySpan<float> logits, float highest, float perTemperature, Span<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weights.Length, logits.Length);
        fixed (float* from = logits, to = weights)
        {
            return Vector512.IsHardwareAccelerated
                ? Compute<Vector512<float>, Lanes512>(from, logits.Length, highest, perTemperature, to)
                : Compute<Vector256<float>, Lanes256>(from, logits.Length, highest, perTemperature, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Compute<V, L>(float* logits, int count, float highest, float perTemperature, float* weights)
        where V : struct where L : struct, ILanes<V>
    {
        V sums = L.Zero, most = L.Broadcast(highest), scale = L.Broadcast(perTemperature);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            var weight = L.Exp(L.Multiply(L.Subtract(L.Load(logits + i), most), scale));
            L.Store(weight, weights + i);
            sums = L.Add(sums, weight);
        }
        var sum = L.Sum(sums);
        for (; i < count; i++) sum += weights[i] = MathF.Exp((logits[i] - highest) * perTemperature);
        return sum;
    }
}
