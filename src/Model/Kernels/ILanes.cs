using System.Runtime.Intrinsics;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// Float32 arithmetic on one register. Kernels are written once over it; the JIT compiles them for each register width as if by hand.
/// </summary>
/// <typeparam name="V">The register.</typeparam>
internal unsafe interface ILanes<V> where V : struct
{
    static abstract int Count { get; }
    static abstract V Zero { get; }
    static abstract V Broadcast(float value);
    static abstract V Load(float* from);
    static abstract V LoadBFloat16(ushort* from);
    /// <summary>Of finite numbers.</summary>
    static abstract V LoadFloat16(ushort* from);
    static abstract V LoadInt8(sbyte* from);
    static abstract void Store(V value, float* to);
    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V Divide(V a, V b);
    /// <summary>a b + c.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);
    static abstract V Max(V a, V b);
    static abstract V Exp(V a);
    static abstract float Sum(V a);
    /// <summary>Four sums, each in the order of <see cref="Sum"/>.</summary>
    static abstract Vector128<float> Sums(V a, V b, V c, V d);
    static abstract float Highest(V a);
}
