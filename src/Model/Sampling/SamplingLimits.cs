using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.Model.Sampling;

/// <summary>The sampling parameters that a request may ask for.</summary>
public static class SamplingLimits
{
    public const double LowestTemperature = 0.01;
    public const double HighestTemperature = 5;
    public const int MostStopStrings = 16;
    public const int LongestStopString = 256;

    /// <exception cref="ChatLoopException">Invalid, naming the parameter, its limits and the value.</exception>
    public static void Check(SamplingParameters sampling)
    {
        var (temperature, topP) = (sampling.Temperature, sampling.TopP);
        Require(temperature is 0 or >= LowestTemperature and <= HighestTemperature,
            $"temperature must be 0 (greedy) or from {LowestTemperature} to {HighestTemperature}, not {temperature}");
        Require(topP is > 0 and <= 1, $"topP must be above 0 and at most 1, not {topP}");
        Require(sampling.TopK >= 0, $"topK must be 0 (keep every token) or more, not {sampling.TopK}");
        Require(sampling.MaxTokens >= 1, $"maxTokens must be at least 1, not {sampling.MaxTokens}");
        Require(sampling.Stop.Count <= MostStopStrings, $"at most {MostStopStrings} stop strings are allowed, not {sampling.Stop.Count}");
        Require(sampling.Stop.All(s => s is { Length: > 0 and <= LongestStopString }),
            $"a stop string must have 1 to {LongestStopString} characters");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition) throw ChatLoopException.Invalid($"Sampling: {message}.");
    }
}
