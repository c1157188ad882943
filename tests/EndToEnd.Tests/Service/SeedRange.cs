using System.Globalization;

namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>Which seeds a test runs with: few of them in every run of the tests, more from bench/.</summary>
public static class SeedRange
{
    /// <param name="variable">Environment variable that holds "first-last", or one seed.</param>
    public static TheoryData<int> FromEnvironment(string variable, string otherwise)
    {
        var range = (Environment.GetEnvironmentVariable(variable) ?? otherwise).Split('-');
        var first = int.Parse(range[0], CultureInfo.InvariantCulture);
        var last = int.Parse(range[^1], CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(first, last - first + 1)];
    }
}
