using ChatLoop.Contracts.Errors;

namespace ChatLoop.Trainer.Runs;

/// <summary>Checks of a settings record; every error names the setting and what it may be.</summary>
internal static class Settings
{
    public static void Require(bool holds, string setting, object value, string rule)
    {
        if (!holds) throw ChatLoopException.Invalid(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{setting} is {value}: it must be {rule}."));
    }
}
