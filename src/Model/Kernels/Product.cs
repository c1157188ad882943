using System.Runtime.Intrinsics;

namespace ChatLoop.Model.Kernels;

/// <summary>What is computed: y = x Wᵀ + b for n vectors x [n, in], or y += x Wᵀ + b.</summary>
internal readonly unsafe struct Product(Matrix matrix, int count, bool added)
{
    public Matrix Matrix => matrix;
    /// <summary>n.</summary>
    public int Count => count;
    public bool Added => added;
    public float* X { get; init; }
    public int XStride { get; init; }
    public float* Y { get; init; }
    public int YStride { get; init; }

    public float* Input(int vector) => X + (nint)vector * XStride;
    public float* Output(int vector) => Y + (nint)vector * YStride;

    public static Product Of(in Matrix matrix, RowBuffer x, RowBuffer y, int count, bool added) =>
        new(matrix, count, added) { X = x.Data, XStride = x.Stride, Y = y.Data, YStride = y.Stride };

    /// <summary>Computes outputs from … to - 1 of every vector. The range begins at a multiple of <see cref="ProductJob.Grain"/>.</summary>
    public void Compute(int from, int to)
    {
        if (Vector512.IsHardwareAccelerated) Compute<Vector512<float>, Lanes512>(from, to);
        else Compute<Vector256<float>, Lanes256>(from, to);
    }

    public void Compute<V, L>(int from, int to) where V : struct where L : struct, ILanes<V>
    {
        switch (matrix.Format)
        {
            case WeightFormat.Float32:
                Compute<V, L, Float32Weights>(from, to);
                break;
            case WeightFormat.BFloat16:
                Compute<V, L, BFloat16Weights>(from, to);
                break;
            case WeightFormat.Float16:
                Compute<V, L, Float16Weights>(from, to);
                break;
            default:
                Compute<V, L, Int8Weights>(from, to);
                break;
        }
    }

    private void Compute<V, L, F>(int from, int to)
        where V : struct where L : struct, ILanes<V> where F : struct, IWeightFormat
    {
        if (matrix.Transposed) ColumnProduct<V, L, F>.Run(this, from, to);
        else RowProduct<V, L, F>.Run(this, from, to);
    }
}
