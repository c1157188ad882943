using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// y = x Wᵀ for a matrix whose rows lie one after the other, [out, in]. Four rows at a time meet up to four vectors in registers, then
/// the next vectors while the rows are in the first cache: memory is read once, however many vectors there are. Every number is summed
/// in one order, whatever the tile: a sequence's results do not depend on what else is in the batch.
/// </summary>
internal static unsafe class RowProduct<V, L, F>
    where V : struct where L : struct, ILanes<V> where F : struct, IWeightFormat
{
    private const int TileRows = 4;

    /// <summary>Rows from … to - 1 of the product with n vectors.</summary>
    public static void Run(in Product product, int from, int to)
    {
        var row = from;
        for (; row + TileRows <= to; row += TileRows)
        {
            var vector = 0;
            for (; vector + 4 <= product.Count; vector += 4) FourByFour(product, row, vector);
            for (; vector < product.Count; vector++) FourByOne(product, row, vector);
        }
        for (; row < to; row++)
        {
            for (var vector = 0; vector < product.Count; vector++) OneByOne(product, row, vector);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(in Product product, int row, int vector)
    {
        var w = RowOf(product, row);
        var x = product.Input(vector);
        var sums = L.Zero;
        nint i = 0;
        for (nint end = Whole(product); i < end; i += L.Count) sums = L.MultiplyAdd(F.Load<V, L>(w, i), L.Load(x + i), sums);
        Finish(product, row, vector, w, x, i, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne(in Product product, int row, int vector)
    {
        byte* w0 = RowOf(product, row), w1 = RowOf(product, row + 1), w2 = RowOf(product, row + 2), w3 = RowOf(product, row + 3);
        var x = product.Input(vector);
        V s0 = L.Zero, s1 = L.Zero, s2 = L.Zero, s3 = L.Zero;
        nint i = 0;
        for (nint end = Whole(product); i < end; i += L.Count)
        {
            var a = L.Load(x + i);
            s0 = L.MultiplyAdd(F.Load<V, L>(w0, i), a, s0);
            s1 = L.MultiplyAdd(F.Load<V, L>(w1, i), a, s1);
            s2 = L.MultiplyAdd(F.Load<V, L>(w2, i), a, s2);
            s3 = L.MultiplyAdd(F.Load<V, L>(w3, i), a, s3);
        }
        FinishFour(product, row, vector, i, L.Sums(s0, s1, s2, s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour(in Product product, int row, int vector)
    {
        byte* w0 = RowOf(product, row), w1 = RowOf(product, row + 1), w2 = RowOf(product, row + 2), w3 = RowOf(product, row + 3);
        float* x0 = product.Input(vector), x1 = product.Input(vector + 1), x2 = product.Input(vector + 2), x3 = product.Input(vector + 3);
        V s00 = L.Zero, s01 = L.Zero, s02 = L.Zero, s03 = L.Zero, s10 = L.Zero, s11 = L.Zero, s12 = L.Zero, s13 = L.Zero;
        V s20 = L.Zero, s21 = L.Zero, s22 = L.Zero, s23 = L.Zero, s30 = L.Zero, s31 = L.Zero, s32 = L.Zero, s33 = L.Zero;
        nint i = 0;
        for (nint end = Whole(product); i < end; i += L.Count)
        {
            V a0 = F.Load<V, L>(w0, i), a1 = F.Load<V, L>(w1, i), a2 = F.Load<V, L>(w2, i), a3 = F.Load<V, L>(w3, i);
            var b = L.Load(x0 + i);
            s00 = L.MultiplyAdd(a0, b, s00);
            s10 = L.MultiplyAdd(a1, b, s10);
            s20 = L.MultiplyAdd(a2, b, s20);
            s30 = L.MultiplyAdd(a3, b, s30);
            b = L.Load(x1 + i);
            s01 = L.MultiplyAdd(a0, b, s01);
            s11 = L.MultiplyAdd(a1, b, s11);
            s21 = L.MultiplyAdd(a2, b, s21);
            s31 = L.MultiplyAdd(a3, b, s31);
            b = L.Load(x2 + i);
            s02 = L.MultiplyAdd(a0, b, s02);
            s12 = L.MultiplyAdd(a1, b, s12);
            s22 = L.MultiplyAdd(a2, b, s22);
            s32 = L.MultiplyAdd(a3, b, s32);
            b = L.Load(x3 + i);
            s03 = L.MultiplyAdd(a0, b, s03);
            s13 = L.MultiplyAdd(a1, b, s13);
            s23 = L.MultiplyAdd(a2, b, s23);
            s33 = L.MultiplyAdd(a3, b, s33);
        }
        // All sums before any call: what outlives a call is kept in memory by the JIT, within the loop as well.
        Vector128<float> t0 = L.Sums(s00, s10, s20, s30), t1 = L.Sums(s01, s11, s21, s31);
        Vector128<float> t2 = L.Sums(s02, s12, s22, s32), t3 = L.Sums(s03, s13, s23, s33);
        FinishFour(product, row, vector, i, t0);
        FinishFour(product, row, vector + 1, i, t1);
        FinishFour(product, row, vector + 2, i, t2);
        FinishFour(product, row, vector + 3, i, t3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* RowOf(in Product product, int row) => product.Matrix.Data + (nint)row * product.Matrix.In * F.Size;

    /// <summary>Columns that fill whole registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Whole(in Product product) => product.Matrix.In - product.Matrix.In % L.Count;

    /// <summary>What <see cref="Finish"/> does, for four rows of one vector.</summary>
    private static void FinishFour(in Product product, int row, int vector, nint done, Vector128<float> sums)
    {
        if (done < product.Matrix.In) sums = AddRest(product, row, vector, done, sums);
        if (product.Matrix.Bias != null) sums += Vector128.Load(product.Matrix.Bias + row);
        var y = product.Output(vector) + row;
        if (product.Added) sums = Vector128.Load(y) + sums;
        sums.Store(y);
    }

    private static Vector128<float> AddRest(in Product product, int row, int vector, nint done, Vector128<float> sums)
    {
        for (var i = 0; i < TileRows; i++)
        {
            var (sum, end) = (sums[i], (nint)product.Matrix.In);
            var w = RowOf(product, row + i);
            for (var column = done; column < end; column++) sum += F.Load(w, column) * product.Input(vector)[column];
            sums = sums.WithElement(i, sum);
        }
        return sums;
    }

    /// <summary>Adds the lanes, the columns that fill no register, and the bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in Product product, int row, int vector, byte* w, float* x, nint done, V sums)
    {
        var sum = L.Sum(sums);
        for (nint end = product.Matrix.In; done < end; done++) sum += F.Load(w, done) * x[done];
        if (product.Matrix.Bias != null) sum += product.Matrix.Bias[row];
        var y = product.Output(vector) + row;
        *y = product.Added ? *y + sum : sum;
    }
}
