using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ChatLoop.Model.Kernels;

/// <summary>Sixteen numbers at a time: AVX-512.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => Vector512<float>.Count;
    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadBFloat16(ushort* from) => Upper(from).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFloat16(ushort* from) =>
        (Vector512.ShiftRightArithmetic(Upper(from).AsInt32(), Float16Bits.Shift) & Vector512.Create(Float16Bits.Mask)).AsSingle()
        * Vector512.Create(Float16Bits.Scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadInt8(sbyte* from)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(from)));
        return Vector512.Create(Lanes256.LoadInt8(from), Lanes256.LoadInt8(from + Lanes256.Count));
    }

    /// <summary>Sixteen 16-bit numbers, each in the upper half of its lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Upper(ushort* from)
    {
        var narrow = Vector256.Load(from);
        var wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(narrow)
            : Vector512.Create(Vector256.WidenLower(narrow), Vector256.WidenUpper(narrow));
        return Vector512.ShiftLeft(wide, 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> a)
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
        var value = (sum.AsInt32() + Vector512.ShiftLeft(shifted.AsInt32(), ExpSeries.ExponentBit)).AsSingle();
        value = Vector512.ConditionalSelect(Vector512.LessThan(a, Broadcast(ExpSeries.Lowest)), Zero, value);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(a, Broadcast(ExpSeries.Highest)), Broadcast(float.PositiveInfinity), value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> a) => Lanes256.Sum(a.GetLower() + a.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) => Lanes256.Sums(
        a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    public static float Highest(Vector512<float> a) => Lanes256.Highest(Vector256.Max(a.GetLower(), a.GetUpper()));
}
