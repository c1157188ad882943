using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// y = x Wᵀ for a matrix whose rows lie one after the other, [out, in]. Up to four vectors meet one row after the other, so that memory
/// is read as one stream, which is what it is fastest at. More vectors meet tiles of four rows, in registers, then the next vectors while
/// the rows are in the first cache: memory is read once, however many vectors there are, and while the last rows are computed with.
/// Every number is summed in one order, whatever the way: a sequence's results do not depend on what else is in the batch.
/// </summary>
internal static unsafe class RowProduct<V, L, F>
    where V : struct where L : struct, ILanes<V> where F : struct, IWeightFormat
{
    private const int TileRows = RowTiles<V, L, F>.Rows;
    private const int MostVectors = RowTiles<V, L, F>.MostVectors;
    /// <summary>How far ahead of a row memory is asked for: at least what it delivers in the time that it takes to answer.</summary>
    private const int AheadBytes = 8192;
    /// <summary>Of vectors that stay in the second cache beside the weights that pass.</summary>
    private const int FewBytes = 1 << 17;
    private const int StripRows = 64;

    /// <summary>Rows from … to - 1 of the product with n vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product product, int from, int to)
    {
        var sums = stackalloc float[TileRows * MostVectors];
        var inputs = stackalloc float*[product.Count + MostVectors];
        for (var i = 0; i < product.Count + MostVectors; i++) inputs[i] = product.Input(Math.Min(i, product.Count - 1));
        var whole = product.Matrix.In - product.Matrix.In % L.Count;
        var registers = Math.Max(1, whole / L.Count);
        // So much of the next rows for each register of a row and each vector of a tile, that all is asked for once the last is done.
        var ask = (int)((TileRows * product.Matrix.RowBytes + registers * product.Count - 1) / (registers * product.Count));
        var rows = new RowWalk(product.Matrix.RowBytes, whole, ask, sums);
        var tiled = to - (to - from) % TileRows;
        if (product.Count <= 4) Sequence(product, from, tiled, rows, inputs);
        else Tiles(product, from, tiled, rows, inputs);
        if (tiled < to) Rest(product, tiled, to - tiled, rows, inputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sequence(in Product product, int from, int to, in RowWalk rows, float** inputs)
    {
        byte* w = product.Matrix.Row(from), last = product.Matrix.Row(to - TileRows);
        for (nint i = 0; i < Math.Min(AheadBytes, last - w); i += Memory.LineBytes) Memory.Expect(w + i);
        for (var row = from; row < to; row += TileRows, w += TileRows * rows.Bytes)
        {
            // Not beyond the last row: another thread reads those.
            var ahead = (nint)Math.Min(AheadBytes, last - w);
            if (product.Count > 1) RowTiles<V, L, F>.RowsByFour(rows, w, inputs, TileRows, ahead);
            else if (F.Size == 1) RowTiles<V, L, F>.FourByOneTogether(rows, w, inputs, ahead);
            else RowTiles<V, L, F>.FourByOne(rows, w, inputs, ahead);
            Finish(product, row, 0, product.Count, rows);
        }
    }

    /// <summary>
    /// A strip of rows meets the vectors of a tile before it meets others. A few vectors stay in the cache themselves, so that four rows
    /// do; of many, a strip makes up for fetching them anew.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles(in Product product, int from, int to, in RowWalk rows, float** inputs)
    {
        var most = (long)product.Count * product.Matrix.In * sizeof(float) > FewBytes ? StripRows : TileRows;
        for (var strip = from; strip < to; strip += most)
        {
            var end = Math.Min(strip + most, to);
            var next = product.Matrix.Row(end);
            for (var vector = 0; vector < product.Count;)
            {
                var left = product.Count - vector;
                // The widest that does not leave a narrow one behind.
                var vectors = left is 5 or 6 or > 8 ? 6 : 4;
                for (var row = strip; row < end; row += TileRows, next += vectors * rows.Ask * (rows.End / L.Count))
                {
                    if (vectors == 6) RowTiles<V, L, F>.FourBySix(rows, product.Matrix.Row(row), inputs + vector, next);
                    else RowTiles<V, L, F>.FourByFour(rows, product.Matrix.Row(row), inputs + vector, next);
                    Finish(product, row, vector, Math.Min(vectors, left), rows);
                }
                vector += vectors;
            }
        }
    }

    /// <summary>Fewer than four rows.</summary>
    private static void Rest(in Product product, int row, int count, in RowWalk rows, float** inputs)
    {
        for (var vector = 0; vector < product.Count; vector += 4)
        {
            RowTiles<V, L, F>.RowsByFour(rows, product.Matrix.Row(row), inputs + vector, count, ahead: 0);
            for (var i = vector; i < Math.Min(vector + 4, product.Count); i++)
            {
                var sums = rows.Sums + (i - vector) * TileRows;
                AddRest(product, row, count, i, rows.End, sums);
                for (var j = 0; j < count; j++)
                {
                    var sum = product.Matrix.Bias == null ? sums[j] : sums[j] + product.Matrix.Bias[row + j];
                    var y = product.Output(i) + row + j;
                    *y = product.Added ? *y + sum : sum;
                }
            }
        }
    }

    /// <summary>Adds the columns that fill no register, and the bias; writes the sums of four rows, or adds them to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish(in Product product, int row, int vector, int vectors, in RowWalk rows)
    {
        float* sums = rows.Sums, y = product.Output(vector) + row, bias = product.Matrix.Bias;
        for (var i = vector; i < vector + vectors; i++, sums += TileRows, y += product.YStride)
        {
            if (rows.End < product.Matrix.In) AddRest(product, row, TileRows, i, rows.End, sums);
            var four = Vector128.Load(sums);
            if (bias != null) four += Vector128.Load(bias + row);
            if (product.Added) four = Vector128.Load(y) + four;
            four.Store(y);
        }
    }

    private static void AddRest(in Product product, int row, int count, int vector, nint done, float* sums)
    {
        var x = product.Input(vector);
        for (var j = 0; j < count; j++)
        {
            var w = product.Matrix.Row(row + j);
            for (var column = done; column < product.Matrix.In; column++) sums[j] += F.Load(w, column) * x[column];
        }
    }
}
