using System.Runtime.CompilerServices;

namespace ChatLoop.Model.ChatTemplates.Jinja;

/// <summary>
/// What one rendering may use, so that no template and no message can hang the service: a step is one evaluated expression or
/// statement, or the handling of 32 characters or one list element.
/// </summary>
public sealed class RenderBudget
{
    /// <summary>A hundred times what the longest known template needs for a full context.</summary>
    public const long DefaultSteps = 2_000_000;
    public const int DefaultOutputCharacters = 8_000_000;

    private const int CharactersPerStep = 32;

    private readonly long _steps;
    private readonly int _outputCharacters;
    private long _stepsLeft;
    private long _charactersLeft;

    public RenderBudget(long steps = DefaultSteps, int outputCharacters = DefaultOutputCharacters)
    {
        (_steps, _stepsLeft) = (steps, steps);
        (_outputCharacters, _charactersLeft) = (outputCharacters, outputCharacters);
    }

    internal void ChargeSteps(long count)
    {
        if ((_stepsLeft -= count) >= 0) return;
        throw new EvaluationException(
            $"the template needs more than {_steps:N0} steps for these messages; it loops too often or the messages are too long.",
            TemplateFault.Budget);
    }

    /// <summary>Before text of this length is built, and for each pass over it.</summary>
    internal void ChargeText(long characters)
    {
        if (characters > _outputCharacters) throw TooLong();
        ChargeSteps(1 + characters / CharactersPerStep);
    }

    internal void ChargeOutput(int characters)
    {
        if ((_charactersLeft -= characters) < 0) throw TooLong();
    }

    private EvaluationException TooLong() =>
        new($"the template writes more than {_outputCharacters:N0} characters for these messages.", TemplateFault.Budget);

    /// <summary>Nesting is bounded by the stack that is left: an overflow would end the process.</summary>
    internal static void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new EvaluationException("the template or its values are nested too deeply.", TemplateFault.Budget);
    }
}
