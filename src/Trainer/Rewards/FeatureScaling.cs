using ChatLoop.Model.Tensors;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Brings <see cref="AnswerFeatures"/> to mean 0 and deviation 1 over the answers that were judged, so that one penalty and one learning
/// rate suit all of them, and holds them within <see cref="Limit"/>: a sum grows with every repetition, and a score must not follow it to
/// where nothing was ever judged. Owns its tensors, both [F].
/// </summary>
public sealed class FeatureScaling : IDisposable
{
    /// <summary>Largest distance from the mean, in deviations.</summary>
    public const double Limit = 3;

    private const double SmallestDeviation = 1e-6;

    private readonly bool _isLimited;

    /// <summary>Copies both.</summary>
    public FeatureScaling(Tensor centre, Tensor scale) : this(centre, scale, isLimited: true)
    {
    }

    private FeatureScaling(Tensor centre, Tensor scale, bool isLimited)
    {
        using var scope = NewDisposeScope();
        (Centre, Scale, _isLimited) = (centre.clone().DetachFromDisposeScope(), scale.clone().DetachFromDisposeScope(), isLimited);
    }

    public Tensor Centre { get; }
    public Tensor Scale { get; }

    /// <summary>Reads the last hidden state as it is, and no sums: where nothing is known of the answers.</summary>
    public static FeatureScaling LastStateOnly(int hiddenSize)
    {
        using var scope = NewDisposeScope();
        var unread = AnswerFeatures.SizeFor(hiddenSize) - hiddenSize;
        return new(zeros(hiddenSize + unread), cat([ones(hiddenSize), zeros(unread)]), isLimited: false);
    }

    /// <summary>A feature that is the same for all is left out.</summary>
    public static FeatureScaling Of(IReadOnlyList<float[]> features)
    {
        var (centre, scale) = (new float[features[0].Length], new float[features[0].Length]);
        for (var f = 0; f < centre.Length; f++)
        {
            var mean = features.Average(x => (double)x[f]);
            var deviation = Math.Sqrt(features.Average(x => (x[f] - mean) * (x[f] - mean)));
            (centre[f], scale[f]) = ((float)mean, deviation > SmallestDeviation ? (float)(1 / deviation) : 0);
        }
        using var scope = NewDisposeScope();
        return new(tensor(centre), tensor(scale));
    }

    /// <summary>[R, F] -> [R, F]. Differentiable.</summary>
    public Tensor Apply(Tensor features) => _isLimited ? ((features - Centre) * Scale).Within(Limit) : (features - Centre) * Scale;

    public FeatureScaling Clone() => new(Centre, Scale, _isLimited);

    public void Dispose()
    {
        Centre.Dispose();
        Scale.Dispose();
    }
}
