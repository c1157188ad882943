namespace ChatLoop.Model.Transformers;

/// <summary>
/// How rotary frequencies are stretched for contexts longer than the one of pretraining. The formulas are those of
/// transformers' modeling_rope_utils.py, which configs of published models are written for.
/// </summary>
public abstract record RopeScaling
{
    /// <summary>Multiplies cosines and sines, so that scores are multiplied by its square.</summary>
    public virtual double AttentionFactor => 1;

    /// <summary>Stretched frequencies from those of plain rotary embeddings, [E / 2], in radians per position.</summary>
    public abstract double[] Apply(IReadOnlyList<double> frequencies, double theta);

    /// <summary>What is wrong with the numbers; null when nothing is.</summary>
    public abstract string? Flaw { get; }
}

/// <summary>Position interpolation: every frequency is divided by the factor (Chen et al. 2023).</summary>
public sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    public override double[] Apply(IReadOnlyList<double> frequencies, double theta) => [.. frequencies.Select(f => f / Factor)];

    public override string? Flaw => Factor >= 1 ? null : $"'factor': expected at least 1, found {Factor}";
}

/// <summary>
/// Llama 3.1's: wavelengths longer than original / low are stretched by the factor, those shorter than original / high are kept,
/// and between them the two are blended.
/// </summary>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions)
    : RopeScaling
{
    public override double[] Apply(IReadOnlyList<double> frequencies, double theta) => [.. frequencies.Select(Stretch)];

    public override string? Flaw => this switch
    {
        { Factor: < 1 } => $"'factor': expected at least 1, found {Factor}",
        { OriginalMaxPositions: < 1 } => $"'original_max_position_embeddings': expected at least 1, found {OriginalMaxPositions}",
        _ when LowFrequencyFactor <= 0 || HighFrequencyFactor <= LowFrequencyFactor =>
            $"'high_freq_factor': expected more than 'low_freq_factor' ({LowFrequencyFactor}) and that more than 0, found {HighFrequencyFactor}",
        _ => null,
    };

    private double Stretch(double frequency)
    {
        // How often the frequency turns within the original context.
        var turns = OriginalMaxPositions * frequency / (2 * Math.PI);
        var kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return (1 - kept) * frequency / Factor + kept * frequency;
    }
}

/// <summary>
/// YaRN (Peng et al. 2023, "YaRN: Efficient Context Window Extension"): dimensions that turn more than
/// <paramref name="BetaFast"/> times within the original context are kept, those below <paramref name="BetaSlow"/> are stretched, a
/// ramp between them; scores are sharpened by the attention factor.
/// </summary>
/// <param name="GivenAttentionFactor">Replaces the paper's 0.1 ln(factor) + 1.</param>
/// <param name="Truncate">Whether the ramp begins and ends at whole dimensions.</param>
public sealed record YarnRopeScaling(
    double Factor, int OriginalMaxPositions, double BetaFast = 32, double BetaSlow = 1, double? GivenAttentionFactor = null,
    double? MScale = null, double? MScaleAllDimensions = null, bool Truncate = true) : RopeScaling
{
    public override double AttentionFactor => (GivenAttentionFactor, MScale, MScaleAllDimensions) switch
    {
        ({ } given, _, _) => given,
        (_, > 0, > 0) => Sharpening(MScale.Value) / Sharpening(MScaleAllDimensions.Value),
        _ => Sharpening(1),
    };

    public override string? Flaw => this switch
    {
        { Factor: < 1 } => $"'factor': expected at least 1, found {Factor}",
        { OriginalMaxPositions: < 1 } => $"'original_max_position_embeddings': expected at least 1, found {OriginalMaxPositions}",
        _ when BetaSlow <= 0 || BetaFast < BetaSlow => $"'beta_fast': expected at least 'beta_slow' ({BetaSlow}) and that more than 0, found {BetaFast}",
        _ => null,
    };

    public override double[] Apply(IReadOnlyList<double> frequencies, double theta)
    {
        var (half, size) = (frequencies.Count, 2 * frequencies.Count);
        var (low, high) = (DimensionThatTurns(BetaFast, size, theta), DimensionThatTurns(BetaSlow, size, theta));
        if (Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        if (low == high) high += 0.001;
        var stretched = new double[half];
        for (var i = 0; i < half; i++)
        {
            var kept = 1 - Math.Clamp((i - low) / (high - low), 0, 1);
            stretched[i] = (1 - kept) * frequencies[i] / Factor + kept * frequencies[i];
        }
        return stretched;
    }

    private double DimensionThatTurns(double times, int size, double theta) =>
        size * Math.Log(OriginalMaxPositions / (times * 2 * Math.PI)) / (2 * Math.Log(theta));

    private double Sharpening(double scale) => Factor <= 1 ? 1 : 0.1 * scale * Math.Log(Factor) + 1;
}
