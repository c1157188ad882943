using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ChatLoop.Model.Kernels;

/// <summary>What is the same for all tiles of a product.</summary>
internal readonly unsafe struct RowWalk(nint bytes, nint end, int ask, float* sums)
{
    /// <summary>Bytes from one row to the next.</summary>
    public readonly nint Bytes = bytes;
    /// <summary>Columns to multiply, whole registers.</summary>
    public readonly nint End = end;
    /// <summary>Bytes of memory to ask for with each register of a row, for each vector of the tile.</summary>
    public readonly int Ask = ask;
    /// <summary>A tile's result: [vectors, 4 rows].</summary>
    public readonly float* Sums = sums;
}

/// <summary>
/// The inner loops of <see cref="RowProduct{V, L, F}"/>. They call nothing: what outlives a call is kept in memory by the JIT, within a
/// loop as well.
/// </summary>
internal static unsafe class RowTiles<V, L, F>
    where V : struct where L : struct, ILanes<V> where F : struct, IWeightFormat
{
    public const int Rows = 4;
    public const int MostVectors = 6;
    /// <summary>Rows in sequence.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourByOne(in RowWalk rows, byte* w, float** inputs, nint ahead)
    {
        var x = inputs[0];
        nint end = rows.End, bytes = rows.Bytes;
        V s0 = Dot(w, x, end, ahead), s1 = Dot(w + bytes, x, end, ahead);
        V s2 = Dot(w + 2 * bytes, x, end, ahead), s3 = Dot(w + 3 * bytes, x, end, ahead);
        L.Sums(s0, s1, s2, s3).Store(rows.Sums);
    }

    /// <summary>
    /// Rows together, four sums side by side: one alone waits for its last addition, and cannot follow rows of a byte a weight as fast
    /// as memory delivers them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourByOneTogether(in RowWalk rows, byte* w0, float** inputs, nint ahead)
    {
        byte* w1 = w0 + rows.Bytes, w2 = w1 + rows.Bytes, w3 = w2 + rows.Bytes, next = w0 + ahead;
        var x = inputs[0];
        nint end = rows.End;
        V s0 = L.Zero, s1 = L.Zero, s2 = L.Zero, s3 = L.Zero;
        for (nint i = 0; i < end; i += L.Count, next += 4 * L.Count * F.Size)
        {
            Memory.Expect(next, 4 * L.Count * F.Size);
            var a = L.Load(x + i);
            s0 = L.MultiplyAdd(F.Load<V, L>(w0, i), a, s0);
            s1 = L.MultiplyAdd(F.Load<V, L>(w1, i), a, s1);
            s2 = L.MultiplyAdd(F.Load<V, L>(w2, i), a, s2);
            s3 = L.MultiplyAdd(F.Load<V, L>(w3, i), a, s3);
        }
        L.Sums(s0, s1, s2, s3).Store(rows.Sums);
    }

    /// <summary>Four registers at a time, as the processor looks so many instructions ahead: the fewer, the more rows are under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Dot(byte* w, float* x, nint end, nint ahead)
    {
        var sums = L.Zero;
        nint i = 0;
        for (; i + 4 * L.Count <= end; i += 4 * L.Count)
        {
            Memory.Expect(w + i * F.Size + ahead, 4 * L.Count * F.Size);
            sums = L.MultiplyAdd(F.Load<V, L>(w, i), L.Load(x + i), sums);
            sums = L.MultiplyAdd(F.Load<V, L>(w, i + L.Count), L.Load(x + i + L.Count), sums);
            sums = L.MultiplyAdd(F.Load<V, L>(w, i + 2 * L.Count), L.Load(x + i + 2 * L.Count), sums);
            sums = L.MultiplyAdd(F.Load<V, L>(w, i + 3 * L.Count), L.Load(x + i + 3 * L.Count), sums);
        }
        for (; i < end; i += L.Count) sums = L.MultiplyAdd(F.Load<V, L>(w, i), L.Load(x + i), sums);
        return sums;
    }

    /// <summary>Up to four vectors, and up to four rows in sequence.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowsByFour(in RowWalk rows, byte* w, float** inputs, int count, nint ahead)
    {
        float* x0 = inputs[0], x1 = inputs[1], x2 = inputs[2], x3 = inputs[3], sums = rows.Sums;
        nint end = rows.End, bytes = rows.Bytes;
        for (var row = 0; row < count; row++, w += bytes)
        {
            V s0 = L.Zero, s1 = L.Zero, s2 = L.Zero, s3 = L.Zero;
            nint i = 0;
            for (; i + 2 * L.Count <= end; i += 2 * L.Count)
            {
                Memory.Expect(w + i * F.Size + ahead, 2 * L.Count * F.Size);
                V a = F.Load<V, L>(w, i), b = F.Load<V, L>(w, i + L.Count);
                s0 = L.MultiplyAdd(b, L.Load(x0 + i + L.Count), L.MultiplyAdd(a, L.Load(x0 + i), s0));
                s1 = L.MultiplyAdd(b, L.Load(x1 + i + L.Count), L.MultiplyAdd(a, L.Load(x1 + i), s1));
                s2 = L.MultiplyAdd(b, L.Load(x2 + i + L.Count), L.MultiplyAdd(a, L.Load(x2 + i), s2));
                s3 = L.MultiplyAdd(b, L.Load(x3 + i + L.Count), L.MultiplyAdd(a, L.Load(x3 + i), s3));
            }
            for (; i < end; i += L.Count)
            {
                var a = F.Load<V, L>(w, i);
                s0 = L.MultiplyAdd(a, L.Load(x0 + i), s0);
                s1 = L.MultiplyAdd(a, L.Load(x1 + i), s1);
                s2 = L.MultiplyAdd(a, L.Load(x2 + i), s2);
                s3 = L.MultiplyAdd(a, L.Load(x3 + i), s3);
            }
            var four = L.Sums(s0, s1, s2, s3);
            (sums[row], sums[Rows + row], sums[2 * Rows + row], sums[3 * Rows + row]) = (four[0], four[1], four[2], four[3]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourByFour(in RowWalk rows, byte* w0, float** inputs, byte* next)
    {
        byte* w1 = w0 + rows.Bytes, w2 = w1 + rows.Bytes, w3 = w2 + rows.Bytes;
        float* x0 = inputs[0], x1 = inputs[1], x2 = inputs[2], x3 = inputs[3], sums = rows.Sums;
        nint end = rows.End, step = 4 * rows.Ask;
        V s00 = L.Zero, s01 = L.Zero, s02 = L.Zero, s03 = L.Zero, s10 = L.Zero, s11 = L.Zero, s12 = L.Zero, s13 = L.Zero;
        V s20 = L.Zero, s21 = L.Zero, s22 = L.Zero, s23 = L.Zero, s30 = L.Zero, s31 = L.Zero, s32 = L.Zero, s33 = L.Zero;
        for (nint i = 0; i < end; i += L.Count, next += step)
        {
            Memory.Expect(next, step);
            V a0 = F.Load<V, L>(w0, i), a1 = F.Load<V, L>(w1, i), a2 = F.Load<V, L>(w2, i), a3 = F.Load<V, L>(w3, i);
            var b = L.Load(x0 + i);
            (s00, s10, s20, s30) = (L.MultiplyAdd(a0, b, s00), L.MultiplyAdd(a1, b, s10), L.MultiplyAdd(a2, b, s20), L.MultiplyAdd(a3, b, s30));
            b = L.Load(x1 + i);
            (s01, s11, s21, s31) = (L.MultiplyAdd(a0, b, s01), L.MultiplyAdd(a1, b, s11), L.MultiplyAdd(a2, b, s21), L.MultiplyAdd(a3, b, s31));
            b = L.Load(x2 + i);
            (s02, s12, s22, s32) = (L.MultiplyAdd(a0, b, s02), L.MultiplyAdd(a1, b, s12), L.MultiplyAdd(a2, b, s22), L.MultiplyAdd(a3, b, s32));
            b = L.Load(x3 + i);
            (s03, s13, s23, s33) = (L.MultiplyAdd(a0, b, s03), L.MultiplyAdd(a1, b, s13), L.MultiplyAdd(a2, b, s23), L.MultiplyAdd(a3, b, s33));
        }
        L.Sums(s00, s10, s20, s30).Store(sums);
        L.Sums(s01, s11, s21, s31).Store(sums + Rows);
        L.Sums(s02, s12, s22, s32).Store(sums + 2 * Rows);
        L.Sums(s03, s13, s23, s33).Store(sums + 3 * Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourBySix(in RowWalk rows, byte* w0, float** inputs, byte* next)
    {
        byte* w1 = w0 + rows.Bytes, w2 = w1 + rows.Bytes, w3 = w2 + rows.Bytes;
        float* x0 = inputs[0], x1 = inputs[1], x2 = inputs[2], x3 = inputs[3], x4 = inputs[4], x5 = inputs[5];
        nint end = rows.End, step = 6 * rows.Ask;
        V s00 = L.Zero, s01 = L.Zero, s02 = L.Zero, s03 = L.Zero, s04 = L.Zero, s05 = L.Zero;
        V s10 = L.Zero, s11 = L.Zero, s12 = L.Zero, s13 = L.Zero, s14 = L.Zero, s15 = L.Zero;
        V s20 = L.Zero, s21 = L.Zero, s22 = L.Zero, s23 = L.Zero, s24 = L.Zero, s25 = L.Zero;
        V s30 = L.Zero, s31 = L.Zero, s32 = L.Zero, s33 = L.Zero, s34 = L.Zero, s35 = L.Zero;
        for (nint i = 0; i < end; i += L.Count, next += step)
        {
            Memory.Expect(next, step);
            V a0 = F.Load<V, L>(w0, i), a1 = F.Load<V, L>(w1, i), a2 = F.Load<V, L>(w2, i), a3 = F.Load<V, L>(w3, i);
            var b = L.Load(x0 + i);
            (s00, s10, s20, s30) = (L.MultiplyAdd(a0, b, s00), L.MultiplyAdd(a1, b, s10), L.MultiplyAdd(a2, b, s20), L.MultiplyAdd(a3, b, s30));
            b = L.Load(x1 + i);
            (s01, s11, s21, s31) = (L.MultiplyAdd(a0, b, s01), L.MultiplyAdd(a1, b, s11), L.MultiplyAdd(a2, b, s21), L.MultiplyAdd(a3, b, s31));
            b = L.Load(x2 + i);
            (s02, s12, s22, s32) = (L.MultiplyAdd(a0, b, s02), L.MultiplyAdd(a1, b, s12), L.MultiplyAdd(a2, b, s22), L.MultiplyAdd(a3, b, s32));
            b = L.Load(x3 + i);
            (s03, s13, s23, s33) = (L.MultiplyAdd(a0, b, s03), L.MultiplyAdd(a1, b, s13), L.MultiplyAdd(a2, b, s23), L.MultiplyAdd(a3, b, s33));
            b = L.Load(x4 + i);
            (s04, s14, s24, s34) = (L.MultiplyAdd(a0, b, s04), L.MultiplyAdd(a1, b, s14), L.MultiplyAdd(a2, b, s24), L.MultiplyAdd(a3, b, s34));
            b = L.Load(x5 + i);
            (s05, s15, s25, s35) = (L.MultiplyAdd(a0, b, s05), L.MultiplyAdd(a1, b, s15), L.MultiplyAdd(a2, b, s25), L.MultiplyAdd(a3, b, s35));
        }
        var sums = rows.Sums;
        L.Sums(s00, s10, s20, s30).Store(sums);
        L.Sums(s01, s11, s21, s31).Store(sums + Rows);
        L.Sums(s02, s12, s22, s32).Store(sums + 2 * Rows);
        L.Sums(s03, s13, s23, s33).Store(sums + 3 * Rows);
        L.Sums(s04, s14, s24, s34).Store(sums + 4 * Rows);
        L.Sums(s05, s15, s25, s35).Store(sums + 5 * Rows);
    }
}
