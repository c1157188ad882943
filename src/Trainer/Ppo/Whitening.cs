namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// Scales values to deviation 1 and, unless told otherwise, mean 0: (x - mean) / sqrt(variance + 1e-8). The variance is the
/// population's (divisor n), as in OpenAI's and OpenRLHF's code; TRL divides by n - 1.
/// </summary>
public static class Whitening
{
    private const double Epsilon = 1e-8;

    /// <param name="mask">Which values count; empty means all. The others are returned as they are.</param>
    /// <param name="shiftMean">False keeps the mean: for rewards, whose sign means something.</param>
    public static double[] Whiten(ReadOnlySpan<double> values, ReadOnlySpan<bool> mask = default, bool shiftMean = true)
    {
        var (count, sum) = (0, 0.0);
        for (var i = 0; i < values.Length; i++)
            if (mask.IsEmpty || mask[i]) (count, sum) = (count + 1, sum + values[i]);
        var mean = sum / count;
        var squares = 0.0;
        for (var i = 0; i < values.Length; i++)
            if (mask.IsEmpty || mask[i]) squares += (values[i] - mean) * (values[i] - mean);
        var scale = 1 / Math.Sqrt(squares / count + Epsilon);

        var whitened = values.ToArray();
        for (var i = 0; i < whitened.Length; i++)
            if (mask.IsEmpty || mask[i]) whitened[i] = (values[i] - mean) * scale + (shiftMean ? 0 : mean);
        return whitened;
    }
}
