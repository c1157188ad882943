using static ChatLoop.Model.Tensors.ScalarArithmetic;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>The factors that turn the heads at some positions, broadcastable to [B, T, heads, E].</summary>
public readonly record struct Rotation(Tensor Cos, Tensor Sin);

/// <summary>
/// Rotary position embedding (Su et al. 2021) in Hugging Face's rotate-half layout: dimension i is paired with i + E/2.
/// Owns its tables of cosines and sines, [MaxPositions, E] each; for long contexts, where tables would take tens of megabytes, it
/// computes each pass's instead.
/// </summary>
public sealed class RotaryEmbedding : IDisposable
{
    private const int LongestTable = 8192;

    private readonly double _factor;
    /// <summary>[E / 2] float64, in radians per position.</summary>
    private readonly Tensor _frequencies;
    private readonly (Tensor Cos, Tensor Sin)? _tables;

    public RotaryEmbedding(TransformerConfig config)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _factor = config.RopeScaling?.AttentionFactor ?? 1;
        _frequencies = tensor(Frequencies(config)).DetachFromDisposeScope();
        if (config.MaxPositions > LongestTable) return;
        var (cos, sin) = Turn(Range(config.MaxPositions, ScalarType.Float64));
        _tables = (cos.DetachFromDisposeScope(), sin.DetachFromDisposeScope());
    }

    /// <summary>
    /// The rotation at these positions, [B, T] int64, of heads that turn followed by heads that stay as they are.
    /// </summary>
    public Rotation At(Tensor positions, int turning, int staying)
    {
        var (batch, length, size) = (positions.shape[0], positions.shape[1], 2 * _frequencies.shape[0]);
        var flat = positions.reshape(-1);
        var (cos, sin) = _tables is { } tables
            ? (tables.Cos.index_select(0, flat), tables.Sin.index_select(0, flat))
            : Turn(flat.to(ScalarType.Float64));
        return new(Factors(cos, ones(1)), Factors(sin, zeros(1)));

        Tensor Factors(Tensor turned, Tensor still) => cat(
            [turned.view(batch, length, 1, size).expand(batch, length, turning, size), still.expand(batch, length, staying, size)], 2);
    }

    /// <summary>Rotates x, [B, T, heads, E].</summary>
    public static Tensor Rotate(Tensor x, Rotation rotation) => (x * rotation.Cos).Plus(x.roll(x.shape[^1] / 2, -1) * rotation.Sin);

    /// <summary>Theta^(-2i/E), stretched as the config says, [E / 2].</summary>
    internal static double[] Frequencies(TransformerConfig config)
    {
        double[] plain = [.. Enumerable.Range(0, config.HeadSize / 2).Select(i => Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize))];
        return config.RopeScaling?.Apply(plain, config.RopeTheta) ?? plain;
    }

    /// <summary>
    /// Cosines and sines at positions, [P] float64 -> [P, E] float32. Sines are negative in the first half: x rotated is
    /// x cos + roll(x, E/2) sin.
    /// </summary>
    private (Tensor Cos, Tensor Sin) Turn(Tensor positions)
    {
        var angle = outer(positions, _frequencies);
        var (cos, sin) = (angle.cos(), angle.sin());
        if (_factor != 1) (cos, sin) = (cos.Times(_factor), sin.Times(_factor));
        return (cat([cos, cos], 1).to(ScalarType.Float32), cat([-sin, sin], 1).to(ScalarType.Float32));
    }

    public void Dispose()
    {
        _frequencies.Dispose();
        _tables?.Cos.Dispose();
        _tables?.Sin.Dispose();
    }
}
