using System.CommandLine;
using System.Globalization;
using System.Numerics;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>Options with a default and a range; a value outside is refused with the range in the message.</summary>
internal static class Options
{
    public static Option<T> Number<T>(string name, T byDefault, T least, T most, string description) where T : INumber<T>
    {
        var option = new Option<T>(name) { Description = description, DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            // What is no number at all, System.CommandLine reports itself.
            if (result.Tokens is not [var token] || !T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value)) return;
            if (value < least || value > most) result.AddError($"{name} must be from {least} to {most}; it is {value}.");
        });
        return option;
    }

    public static Option<string> Text(string name, string byDefault, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => byDefault };

    /// <summary>Of a training run.</summary>
    public static Option<int> Threads() => Number("--threads", 2, 1, DialogueLearning.Shards, "Threads; each takes a half of every update.");

    public static Argument<string> CheckpointFolder() => new("folder") { Description = "Checkpoint folder, for example models/starter." };
}
