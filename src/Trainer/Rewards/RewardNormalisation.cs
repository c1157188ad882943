namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// score = raw * gain + bias. Fitted on answers of the reference policy, so that rewards of different reward models are in the
/// same unit: the policy's own mean is 0 and its deviation 1.
/// </summary>
public readonly record struct RewardNormalisation(double Gain, double Bias)
{
    /// <summary>A smaller deviation is taken for this one: a model that scores everything alike must not have its noise amplified.</summary>
    private const double LeastDeviation = 1e-3;

    public static RewardNormalisation None { get; } = new(1, 0);

    public double Apply(double raw) => raw * Gain + Bias;

    public static RewardNormalisation Fit(IReadOnlyList<double> raw)
    {
        var mean = raw.Average();
        var deviation = Math.Sqrt(raw.Average(r => (r - mean) * (r - mean)));
        var gain = 1 / Math.Max(deviation, LeastDeviation);
        return new(gain, -mean * gain);
    }
}
