using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Constraints;

namespace ChatLoop.Model.Sampling;

/// <summary>The sampling parameters that a request may ask for.</summary>
public static class SamplingLimits
{
    public const double LowestTemperature = 0.01;
    public const double HighestTemperature = 5;
    public const int MostStopStrings = 16;
    public const int LongestStopString = 256;
    public const double LowestRepetitionPenalty = 0.1;
    public const double HighestRepetitionPenalty = 10;
    /// <summary>Presence and frequency penalties lie between minus this and this.</summary>
    public const double HighestPenalty = 2;
    /// <summary>Biases lie between minus this and this.</summary>
    public const double HighestLogitBias = 100;
    public const int MostLogitBiases = 1024;
    public const int MostAlternatives = 20;
    public const int LongestRegex = 1024;
    public const int LongestJsonSchema = 16 * 1024;

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
        Require(sampling.MinP is >= 0 and <= 1, $"minP must be from 0 to 1, not {sampling.MinP}");
        CheckPenalties(sampling);
        CheckLogitBias(sampling.LogitBias);
        CheckConstraint(sampling);
    }

    /// <summary>Checks what can only be said of a model: that it has the tokens that are named.</summary>
    /// <exception cref="ChatLoopException">Invalid, naming the parameter and the token.</exception>
    public static void CheckTokens(SamplingParameters sampling, int vocabularySize)
    {
        foreach (var token in sampling.LogitBias.Keys)
            Require(token < vocabularySize, $"logitBias names token {token}, but the model's tokens are 0 to {vocabularySize - 1}");
    }

    /// <summary>How many likeliest tokens are reported with each token.</summary>
    /// <exception cref="ChatLoopException">Invalid, naming the limits and the value.</exception>
    public static void CheckAlternatives(int count) =>
        Require(count is >= 0 and <= MostAlternatives, $"topLogProbabilities must be from 0 to {MostAlternatives}, not {count}");

    private static void CheckPenalties(SamplingParameters sampling)
    {
        Require(sampling.RepetitionPenalty is >= LowestRepetitionPenalty and <= HighestRepetitionPenalty,
            $"repetitionPenalty must be from {LowestRepetitionPenalty} to {HighestRepetitionPenalty} (1 is none), not {sampling.RepetitionPenalty}");
        Require(Math.Abs(sampling.PresencePenalty) <= HighestPenalty,
            $"presencePenalty must be from -{HighestPenalty} to {HighestPenalty}, not {sampling.PresencePenalty}");
        Require(Math.Abs(sampling.FrequencyPenalty) <= HighestPenalty,
            $"frequencyPenalty must be from -{HighestPenalty} to {HighestPenalty}, not {sampling.FrequencyPenalty}");
    }

    private static void CheckConstraint(SamplingParameters sampling)
    {
        Require(sampling.Regex is not { Length: > LongestRegex }, $"regex may have at most {LongestRegex} characters, not {sampling.Regex?.Length}");
        Require(sampling.JsonSchema is not { Length: > LongestJsonSchema },
            $"jsonSchema may have at most {LongestJsonSchema} characters, not {sampling.JsonSchema?.Length}");
        if (TokenConstraint.IsNeeded(sampling)) ConstraintCompiler.Check(sampling);
    }

    private static void CheckLogitBias(IReadOnlyDictionary<int, double> biases)
    {
        Require(biases.Count <= MostLogitBiases, $"logitBias may name at most {MostLogitBiases} tokens, not {biases.Count}");
        foreach (var (token, bias) in biases)
        {
            Require(token >= 0, $"logitBias names token {token}, but ids begin at 0");
            Require(Math.Abs(bias) <= HighestLogitBias, $"logitBias of token {token} must be from -{HighestLogitBias} to {HighestLogitBias}, not {bias}");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition) throw ChatLoopException.Invalid($"Sampling: {message}.");
    }
}
