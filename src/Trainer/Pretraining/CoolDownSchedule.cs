namespace ChatLoop.Trainer.Pretraining;

/// <summary>
/// The learning rate over a run: linear warm-up to the peak, then constant, then half a cosine down to a share of the peak
/// (Loshchilov and Hutter 2017). Because nothing before the cool-down depends on the run's length, a run can be lengthened
/// until then (Hägele et al. 2024). A cool-down right after the warm-up is the usual cosine schedule.
/// </summary>
/// <param name="Peak">The highest learning rate.</param>
/// <param name="WarmUp">Tokens of the warm-up.</param>
/// <param name="CoolDownStart">Tokens after which it falls.</param>
/// <param name="End">Tokens of the whole run.</param>
/// <param name="Final">Learning rate at the end as a share of the peak.</param>
public sealed record CoolDownSchedule(double Peak, long WarmUp, long CoolDownStart, long End, double Final)
{
    /// <param name="tokens">Tokens trained on so far.</param>
    public double At(long tokens)
    {
        var rate = tokens < WarmUp ? Peak * tokens / WarmUp : Peak;
        if (tokens < CoolDownStart) return rate;
        var coolDown = Math.Min(1, (double)(tokens - CoolDownStart) / Math.Max(1, End - CoolDownStart));
        return rate * (Final + (1 - Final) * 0.5 * (1 + Math.Cos(Math.PI * coolDown)));
    }
}
