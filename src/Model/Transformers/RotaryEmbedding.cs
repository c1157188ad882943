using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// Rotary position embedding (Su et al. 2021) in Hugging Face's rotate-half layout: dimension i is paired with i + E/2.
/// Owns its tables of cosines and sines, [MaxPositions, E] each.
/// </summary>
public sealed class RotaryEmbedding : IDisposable
{
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    public RotaryEmbedding(int headSize, int maxPositions, double theta)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var inverseFrequency = torch.pow(theta, -arange(0, headSize, 2, dtype: ScalarType.Float64) / headSize);
        var angle = torch.outer(arange(maxPositions, dtype: ScalarType.Float64), inverseFrequency);
        var full = cat([angle, angle], 1);
        _cos = full.cos().to(ScalarType.Float32).DetachFromDisposeScope();
        _sin = full.sin().to(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>The rows of the tables for these positions, [B, T] -> two of [B, T, 1, E].</summary>
    public (Tensor Cos, Tensor Sin) At(Tensor positions)
    {
        var flat = positions.reshape(-1);
        long[] shape = [positions.shape[0], positions.shape[1], 1, _cos.shape[1]];
        return (_cos.index_select(0, flat).view(shape), _sin.index_select(0, flat).view(shape));
    }

    /// <summary>Rotates x, [B, T, heads, E].</summary>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var half = x.shape[^1] / 2;
        var turned = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
        return x * cos + turned * sin;
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
