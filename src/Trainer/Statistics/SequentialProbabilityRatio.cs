namespace ChatLoop.Trainer.Statistics;

public enum SequentialVerdict { Undecided, First, Second }

/// <summary>
/// Wald's sequential probability ratio test of two chances of success (Wald 1945, "Sequential Tests of Statistical Hypotheses", section
/// 3): it may be looked at after every trial, and errs no more often for that, unlike a repeated test of fixed size.
/// </summary>
/// <param name="First">The chance of success by the first hypothesis, in (0, 1).</param>
/// <param name="Second">By the second one; lower.</param>
/// <param name="WronglyFirst">How often the first may be taken where the second holds.</param>
/// <param name="WronglySecond">How often the second may be taken where the first holds.</param>
public sealed record SequentialProbabilityRatio(double First, double Second, double WronglyFirst, double WronglySecond)
{
    /// <summary>At this ratio or above the first hypothesis is taken: ln((1 - beta) / alpha).</summary>
    public double FirstAt => Math.Log((1 - WronglySecond) / WronglyFirst);

    /// <summary>At this ratio or below the second one is: ln(beta / (1 - alpha)).</summary>
    public double SecondAt => Math.Log(WronglySecond / (1 - WronglyFirst));

    /// <summary>The logarithm of the first hypothesis' likelihood to the second's, in nats.</summary>
    public double LogRatio(int successes, int failures) =>
        successes * Math.Log(First / Second) + failures * Math.Log((1 - First) / (1 - Second));

    public SequentialVerdict Judge(int successes, int failures) => LogRatio(successes, failures) switch
    {
        var ratio when ratio >= FirstAt => SequentialVerdict.First,
        var ratio when ratio <= SecondAt => SequentialVerdict.Second,
        _ => SequentialVerdict.Undecided,
    };
}
