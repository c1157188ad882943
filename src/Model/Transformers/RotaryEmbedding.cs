using TorchSharp;
using static ChatLoop.Model.Tensors.ScalarArithmetic;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>The factors that turn the heads at some positions, broadcastable to [B, T, heads, E].</summary>
public readonly record struct Rotation(Tensor Cos, Tensor Sin);

/// <summary>
/// Rotary position embedding (Su et al. 2021) in Hugging Face's rotate-half layout: dimension i is paired with i + E/2.
/// Owns its tables of cosines and sines, [MaxPositions, E] each.
/// </summary>
public sealed class RotaryEmbedding : IDisposable
{
    private readonly Tensor _cos;
    /// <summary>Negative in the first half: x rotated is x cos + roll(x, E/2) sin.</summary>
    private readonly Tensor _sin;

    public RotaryEmbedding(int headSize, int maxPositions, double theta)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var inverseFrequency = torch.pow(theta, Range(headSize, ScalarType.Float64, step: 2).Over(-headSize));
        var angle = torch.outer(Range(maxPositions, ScalarType.Float64), inverseFrequency);
        _cos = cat([angle.cos(), angle.cos()], 1).to(ScalarType.Float32).DetachFromDisposeScope();
        _sin = cat([-angle.sin(), angle.sin()], 1).to(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>
    /// The rotation at these positions, [B, T] int64, of heads that turn followed by heads that stay as they are.
    /// </summary>
    public Rotation At(Tensor positions, int turning, int staying)
    {
        var (batch, length, size) = (positions.shape[0], positions.shape[1], _cos.shape[1]);
        var flat = positions.reshape(-1);
        return new(Factors(_cos, ones(1)), Factors(_sin, zeros(1)));

        Tensor Factors(Tensor table, Tensor still) => cat(
            [table.index_select(0, flat).view(batch, length, 1, size).expand(batch, length, turning, size), still.expand(batch, length, staying, size)], 2);
    }

    /// <summary>Rotates x, [B, T, heads, E].</summary>
    public static Tensor Rotate(Tensor x, Rotation rotation) => (x * rotation.Cos).Plus(x.roll(x.shape[^1] / 2, -1) * rotation.Sin);

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
