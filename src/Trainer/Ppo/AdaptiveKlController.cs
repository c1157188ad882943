namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// Steers the KL coefficient so that the sequence KL nears a target (Ziegler et al. 2019, section 2.2):
/// e = clip(KL / target - 1, -0.2, 0.2), beta *= 1 + e * n / horizon.
/// </summary>
/// <param name="target">Mean KL per answer, in nats.</param>
/// <param name="horizon">In answers: the larger, the slower.</param>
public sealed class AdaptiveKlController(double initial, double target, double horizon)
{
    public double Coefficient { get; private set; } = initial;

    /// <param name="sequenceKl">Mean KL per answer that was just seen, in nats.</param>
    /// <param name="answers">How many answers it is the mean of.</param>
    public void Observe(double sequenceKl, int answers)
    {
        var error = Math.Clamp(sequenceKl / target - 1, -0.2, 0.2);
        Coefficient *= 1 + error * answers / horizon;
    }
}
