using System.Runtime.InteropServices;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// A matrix in 8 bits a weight, rounded to nearest from another, in memory of its own: half the bytes of BFloat16, so nearly twice the
/// decode speed. Symmetric, by groups of 64 inputs of one output: the group's scale is its largest absolute weight / 127, and a weight
/// w is stored as round(w / scale). What is multiplied, scale times that integer, differs from w by at most half a scale (and Float32's
/// rounding), so by at most 1/254 of the largest of its group. Scales are Float32: 68 bytes for 64 weights. Later changes of the original are not
/// seen; its bias is used where it is. Owns its memory.
/// </summary>
internal sealed unsafe class Int8Matrix : IDisposable
{
    public const int GroupColumns = 64;
    private const int Largest = 127;
    private const int LineBytes = 64;

    private byte* _memory;

    private Int8Matrix(in Matrix original)
    {
        var groups = (original.In + GroupColumns - 1) / GroupColumns;
        nint scales = groups * sizeof(float), rowBytes = scales + RowBuffer.RoundUp(original.In, sizeof(float));
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)rowBytes * (nuint)original.Out, LineBytes);
        Matrix = original.In8Bits(_memory + scales, rowBytes);
    }

    /// <summary>Its memory is this object's.</summary>
    public Matrix Matrix { get; }

    /// <param name="original">Of finite weights; [in, out] becomes [out, in].</param>
    public static Int8Matrix Of(in Matrix original)
    {
        var rounded = new Int8Matrix(original);
        Span<float> group = stackalloc float[GroupColumns];
        for (var output = 0; output < original.Out; output++)
        {
            for (var first = 0; first < original.In; first += GroupColumns)
            {
                var weights = group[..Math.Min(GroupColumns, original.In - first)];
                for (var i = 0; i < weights.Length; i++) weights[i] = original.Weight(output, first + i);
                rounded.Store(weights, output, first);
            }
        }
        return rounded;
    }

    private void Store(ReadOnlySpan<float> weights, int output, int first)
    {
        var largest = 0f;
        foreach (var weight in weights) largest = Math.Max(largest, Math.Abs(weight));
        var scale = largest / Largest;
        var row = Matrix.Row(output);
        ((float*)row)[-1 - first / GroupColumns] = scale;
        for (var i = 0; i < weights.Length; i++)
        {
            // A group of subnormal weights has a scale that rounding may have made too small, or zero.
            var multiple = scale == 0 ? 0 : MathF.Round(weights[i] / scale);
            ((sbyte*)row)[first + i] = (sbyte)Math.Clamp(multiple, -Largest, Largest);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
