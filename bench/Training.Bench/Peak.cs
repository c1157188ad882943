using static TorchSharp.torch;

namespace ChatLoop.Training.Bench;

/// <summary>The rate of large Float32 products, the most that any training step could run at.</summary>
internal sealed class Peak : IDisposable
{
    private const int Size = 2048;
    private readonly Tensor _a = randn(Size, Size), _b = randn(Size, Size);

    public static double Operations => 2.0 * Size * Size * Size;

    public void Multiply()
    {
        using var product = _a.matmul(_b);
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }
}
