using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>The "normalizer" of a tokenizer.json: what happens to text before anything else.</summary>
/// <remarks>
/// NFKC and NFKD have no entry: no family that ChatLoop reads uses them, and no library of NuGet has them but ICU (native, or a pre-release
/// with Unicode 10's tables).
/// </remarks>
internal static class Normalization
{
    /// <returns>Null when text stays as it is.</returns>
    /// <exception cref="InvalidDataException">A kind that is not supported, by its name.</exception>
    public static Func<string, string>? Read(JsonFields? normalizer)
    {
        var steps = normalizer.Steps("normalizers").Select(Step).ToList();
        return steps.Count == 0 ? null : text => steps.Aggregate(text, (current, step) => step(current));
    }

    private static Func<string, string> Step(JsonFields step) => step.OptionalText("type") switch
    {
        "Sequence" => Read(step) ?? (text => text),
        "NFC" => NormalForm.Compose,
        "NFD" => NormalForm.Decompose,
        "Prepend" when step.OptionalText("prepend") is { } prefix => text => text.Length == 0 ? text : prefix + text,
        "Replace" when step.OptionalObject("pattern")?.OptionalText("String") is { Length: > 0 } old && step.OptionalText("content") is { } content =>
            text => text.Replace(old, content, StringComparison.Ordinal),
        var type => throw TokenizerFile.Unsupported(
            $"normalizer '{type}' is not supported; supported are NFC, NFD, Prepend, Replace of a String, and Sequence of these"),
    };
}
