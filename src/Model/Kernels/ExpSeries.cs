namespace ChatLoop.Model.Kernels;

/// <summary>
/// exp(a) = 2^n exp(r) with n = a / ln 2 rounded and r the rest, exp(r) by a polynomial, 2^n by adding n to the exponent: the constants
/// of Cephes' expf (Moshier), within 1e-7 of exp. Vector512.Exp takes seventeen times as long on .NET 10. 0 and infinity beyond Float32's
/// normal range; NaN stays NaN.
/// </summary>
internal static class ExpSeries
{
    public const float Log2OfE = 1.44269504f;
    /// <summary>1.5 * 2^23: a number added to it is rounded to an integer, in two's complement in the lowest bits.</summary>
    public const float Shift = 12582912;
    public const int ExponentBit = 23;
    /// <summary>ln 2 in two parts, so that n times the first is exact.</summary>
    public const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    public const float C2 = 5.0000001201e-1f, C3 = 1.6666665459e-1f, C4 = 4.1665795894e-2f;
    public const float C5 = 8.3334519073e-3f, C6 = 1.3981999507e-3f, C7 = 1.9875691500e-4f;
    /// <summary>Below, the result would be subnormal or zero.</summary>
    public const float Lowest = -87.33f;
    public const float Highest = 88.72f;
}
