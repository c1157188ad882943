using System.Runtime.CompilerServices;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// y = x W for a matrix stored as [in, out], GPT-2's layout: four of its rows at a time, each times one number of x, are added to a
/// stretch of y that stays in the first cache. The stretch is read from each row as one piece. Sums have one order, as in
/// <see cref="RowProduct{V, L, F}"/>.
/// </summary>
internal static unsafe class ColumnProduct<V, L, F>
    where V : struct where L : struct, ILanes<V> where F : struct, IWeightFormat
{
    private const int RowsTogether = 4;

    /// <summary>Columns from … to - 1 of the product with n vectors.</summary>
    public static void Run(in Product product, int from, int to)
    {
        Begin(product, from, to);
        var row = 0;
        for (; row + RowsTogether <= product.Matrix.In; row += RowsTogether) Four(product, row, from, to);
        for (; row < product.Matrix.In; row++) One(product, row, from, to);
    }

    private static void Begin(in Product product, int from, int to)
    {
        for (var vector = 0; vector < product.Count; vector++)
        {
            var y = product.Output(vector);
            for (var column = from; column < to; column++)
            {
                var bias = product.Matrix.Bias == null ? 0 : product.Matrix.Bias[column];
                y[column] = product.Added ? y[column] + bias : bias;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(in Product product, int row, int from, int to)
    {
        byte* w0 = RowOf(product, row), w1 = RowOf(product, row + 1), w2 = RowOf(product, row + 2), w3 = RowOf(product, row + 3);
        for (var vector = 0; vector < product.Count; vector++)
        {
            float* x = product.Input(vector) + row, y = product.Output(vector);
            V x0 = L.Broadcast(x[0]), x1 = L.Broadcast(x[1]), x2 = L.Broadcast(x[2]), x3 = L.Broadcast(x[3]);
            nint i = from;
            for (; i + L.Count <= to; i += L.Count)
            {
                var sum = L.MultiplyAdd(F.Load<V, L>(w0, i), x0, L.Load(y + i));
                sum = L.MultiplyAdd(F.Load<V, L>(w1, i), x1, sum);
                sum = L.MultiplyAdd(F.Load<V, L>(w2, i), x2, sum);
                L.Store(L.MultiplyAdd(F.Load<V, L>(w3, i), x3, sum), y + i);
            }
            for (; i < to; i++) y[i] = y[i] + F.Load(w0, i) * x[0] + F.Load(w1, i) * x[1] + F.Load(w2, i) * x[2] + F.Load(w3, i) * x[3];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(in Product product, int row, int from, int to)
    {
        var w = RowOf(product, row);
        for (var vector = 0; vector < product.Count; vector++)
        {
            var y = product.Output(vector);
            var factor = product.Input(vector)[row];
            var x = L.Broadcast(factor);
            nint i = from;
            for (; i + L.Count <= to; i += L.Count) L.Store(L.MultiplyAdd(F.Load<V, L>(w, i), x, L.Load(y + i)), y + i);
            for (; i < to; i++) y[i] += F.Load(w, i) * factor;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* RowOf(in Product product, int row) => product.Matrix.Data + (nint)row * product.Matrix.Out * F.Size;
}
