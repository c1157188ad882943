namespace ChatLoop.Model.Generation;

/// <summary>
/// How many prompt tokens a step may run. Alone, a prompt runs as fast as it can; beside answers that decode, so many that a step takes about
/// <see cref="Stretch"/> times what it takes without, by what the last steps took: their readers see no pause, and the prompt gets the larger
/// part of the time. What is run in which pieces changes no answer.
/// </summary>
/// <param name="most">Of a step that nobody waits for.</param>
internal sealed class PromptPace(int most)
{
    /// <summary>Below the three times at which a gap between two tokens is noticed.</summary>
    public const double Stretch = 2.5;

    /// <summary>However slow they are, a prompt gets on.</summary>
    private const int Least = 4;
    /// <summary>Weight of the newest step in the estimates.</summary>
    private const double Newest = 0.1;

    /// <summary>Of a step without prompt tokens, in seconds.</summary>
    private double? _plain;
    /// <summary>Of a prompt token beyond that, in seconds.</summary>
    private double? _perToken;

    /// <param name="decoding">Answers that wait for their next token.</param>
    public int PromptTokens(int decoding)
    {
        if (decoding == 0) return most;
        if (_plain is not { } plain || _perToken is not { } perToken) return Math.Min(most, Least);
        return Math.Clamp((int)((Stretch - 1) * plain / perToken), Math.Min(most, Least), most);
    }

    /// <param name="promptTokens">Of the step that took so long.</param>
    public void Observe(int promptTokens, TimeSpan took)
    {
        var seconds = took.TotalSeconds;
        if (promptTokens == 0) _plain = Mix(_plain, seconds);
        else if (promptTokens >= Least) _perToken = Mix(_perToken, Math.Max(seconds - (_plain ?? 0), seconds / 100) / promptTokens);
    }

    private static double Mix(double? before, double now) => before is { } old ? old + Newest * (now - old) : now;
}
