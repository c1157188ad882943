using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ChatLoop.Model.Kernels;

/// <summary>Eight numbers at a time: AVX2, or two registers of NEON.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => Vector256<float>.Count;
    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadBFloat16(ushort* from) => Upper(from).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadFloat16(ushort* from) =>
        (Vector256.ShiftRightArithmetic(Upper(from).AsInt32(), Float16Bits.Shift) & Vector256.Create(Float16Bits.Mask)).AsSingle()
        * Vector256.Create(Float16Bits.Scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadInt8(sbyte* from)
    {
        var narrow = Vector128.CreateScalarUnsafe(*(long*)from).AsSByte();
        if (Avx2.IsSupported) return Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(narrow));
        var wide = Vector128.WidenLower(narrow);
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide)));
    }

    /// <summary>Eight 16-bit numbers, each in the upper half of its lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Upper(ushort* from)
    {
        var narrow = Vector128.Load(from);
        var wide = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(narrow).AsUInt32()
            : Vector256.Create(Vector128.WidenLower(narrow), Vector128.WidenUpper(narrow));
        return Vector256.ShiftLeft(wide, 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> a)
    {
        var shifted = MultiplyAdd(a, Broadcast(ExpSeries.Log2OfE), Broadcast(ExpSeries.Shift));
        var powers = shifted - Broadcast(ExpSeries.Shift);
        var rest = MultiplyAdd(powers, Broadcast(-ExpSeries.Ln2Low), MultiplyAdd(powers, Broadcast(-ExpSeries.Ln2High), a));
        var sum = MultiplyAdd(Broadcast(ExpSeries.C7), rest, Broadcast(ExpSeries.C6));
        sum = MultiplyAdd(sum, rest, Broadcast(ExpSeries.C5));
        sum = MultiplyAdd(sum, rest, Broadcast(ExpSeries.C4));
        sum = MultiplyAdd(sum, rest, Broadcast(ExpSeries.C3));
        sum = MultiplyAdd(sum, rest, Broadcast(ExpSeries.C2));
        sum = MultiplyAdd(sum, rest * rest, rest) + Broadcast(1);
        var value = (sum.AsInt32() + Vector256.ShiftLeft(shifted.AsInt32(), ExpSeries.ExponentBit)).AsSingle();
        value = Vector256.ConditionalSelect(Vector256.LessThan(a, Broadcast(ExpSeries.Lowest)), Zero, value);
        return Vector256.ConditionalSelect(Vector256.GreaterThan(a, Broadcast(ExpSeries.Highest)), Broadcast(float.PositiveInfinity), value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> a)
    {
        var four = a.GetLower() + a.GetUpper();
        return four[0] + four[1] + (four[2] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        if (!Sse3.IsSupported) return Vector128.Create(Sum(a), Sum(b), Sum(c), Sum(d));
        var first = Sse3.HorizontalAdd(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper());
        var second = Sse3.HorizontalAdd(c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());
        return Sse3.HorizontalAdd(first, second);
    }

    public static float Highest(Vector256<float> a)
    {
        var four = Vector128.Max(a.GetLower(), a.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}

/// <summary>
/// A Float16 in the upper half of a lane becomes a Float32 by moving exponent and mantissa three bits down, beside the sign, and
/// multiplying by the difference of the exponents' biases. Exact, subnormals included; infinities become finite, but no weight is one.
/// </summary>
internal static class Float16Bits
{
    public const int Shift = 3;
    public const int Mask = unchecked((int)0x8FFFE000);
    /// <summary>2^(127 - 15).</summary>
    public const float Scale = 5.192296858534828e33f;
}
