using System.Runtime.InteropServices;

namespace ChatLoop.Model.Kernels;

/// <summary>Rows of Float32 in native memory, each beginning on a cache line. Owns the memory; what it holds at first is undefined.</summary>
internal sealed unsafe class RowBuffer : IDisposable
{
    private const int LineBytes = 64;

    public RowBuffer(int rows, int width)
    {
        (Width, Stride) = (width, RoundUp(width, LineBytes / sizeof(float)));
        Data = (float*)NativeMemory.AlignedAlloc((nuint)rows * (nuint)Stride * sizeof(float), LineBytes);
    }

    public float* Data { get; private set; }
    public int Width { get; }
    /// <summary>From one row to the next, in numbers.</summary>
    public int Stride { get; }

    public float* Row(int row) => Data + (long)row * Stride;

    public Span<float> Span(int row) => new(Row(row), Width);

    public static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    public void Dispose()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
    }
}
