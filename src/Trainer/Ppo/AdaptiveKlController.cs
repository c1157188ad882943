namespace ChatLoop.Trainer.Ppo;

/// <summary>Ways to set the weight of the KL in the reward.</summary>
public enum KlControl { Adaptive, Fixed }

/// <summary>The weight of the KL in the reward, iteration by iteration.</summary>
public interface IKlController
{
    double Coefficient { get; }

    /// <param name="sequenceKl">Mean KL per answer that was just seen, in nats.</param>
    /// <param name="answers">How many answers it is the mean of.</param>
    void Observe(double sequenceKl, int answers);
}

/// <summary>The same weight throughout: what is trained has a known optimum, reference * exp(score / weight) / Z.</summary>
public sealed class FixedKlController(double coefficient) : IKlController
{
    public double Coefficient => coefficient;

    public void Observe(double sequenceKl, int answers) { }
}

/// <summary>
/// Steers the KL coefficient so that the sequence KL nears a target (Ziegler et al. 2019, section 2.2):
/// e = clip(KL / target - 1, -0.2, 0.2), beta *= 1 + e * n / horizon.
/// </summary>
/// <param name="target">Mean KL per answer, in nats.</param>
/// <param name="horizon">In answers: the larger, the slower.</param>
public sealed class AdaptiveKlController(double initial, double target, double horizon) : IKlController
{
    public double Coefficient { get; private set; } = initial;

    public void Observe(double sequenceKl, int answers)
    {
        var error = Math.Clamp(sequenceKl / target - 1, -0.2, 0.2);
        Coefficient *= 1 + error * answers / horizon;
    }
}
