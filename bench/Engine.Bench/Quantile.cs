namespace ChatLoop.Engine.Bench;

/// <summary>By nearest rank.</summary>
internal static class Quantile
{
    public static double Of(IEnumerable<double> values, double share)
    {
        double[] ordered = [.. values.Order()];
        return ordered.Length == 0 ? double.NaN : ordered[Math.Max(0, (int)Math.Ceiling(share * ordered.Length) - 1)];
    }
}
