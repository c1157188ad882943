using System.CommandLine;
using System.Globalization;
using System.Numerics;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>Options with a default and a range; a value outside is refused with the range in the message.</summary>
internal static class Options
{
    /// <param name="unit">What is counted; help shows it in the value's place.</param>
    public static Option<T> Number<T>(string name, string unit, T byDefault, T least, T most, string description) where T : INumber<T>
    {
        var kind = byDefault is int or long ? "a whole number" : "a number";
        return new Option<T>(name)
        {
            Description = description,
            HelpName = unit,
            DefaultValueFactory = _ => byDefault,
            CustomParser = result =>
            {
                if (result.Tokens is not [var token]) return byDefault;
                // Not a number, NaN, is in no range either.
                if (T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be {kind} from {least} to {most}; it is {token.Value}."));
                return byDefault;
            },
        };
    }

    /// <param name="what">Help shows it in the value's place.</param>
    public static Option<string> Text(string name, string what, string byDefault, string description) =>
        new(name) { Description = description, HelpName = what, DefaultValueFactory = _ => byDefault };

    /// <summary>Off without it.</summary>
    public static Option<bool> Switch(string name, string description) => new(name) { Description = $"{description} [default: off]" };

    /// <summary>Of a training run.</summary>
    public static Option<int> Threads() => Number("--threads", "threads", 2, 1, DialogueLearning.Shards, "Threads that train; two take a half of every update each.");

    /// <summary>Of a training run.</summary>
    public static Option<string?> State() =>
        new("--state") { HelpName = "file", Description = "Where the state of the run is saved, to go on from after a kill. [default: OUTPUT.training.bin]" };

    /// <summary>Of a training run.</summary>
    public static Option<int> SaveEvery() => Number("--save-every", "updates", 200, 1, 1_000_000, "Updates between two saved states.");

    /// <summary>Of a training run.</summary>
    public static Option<int> BatchTokens(int byDefault) =>
        Number("--batch-tokens", "tokens", byDefault, 64, 1 << 20, "Tokens of one update, padding included.");

    public static Argument<string> CheckpointFolder() => new("folder") { Description = "Checkpoint folder, for example models/starter." };
}
