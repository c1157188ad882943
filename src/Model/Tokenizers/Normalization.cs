using System.Text;
using System.Text.Json;
using ADRaffy.ENSNormalize;

namespace ChatLoop.Model.Tokenizers;

/// <summary>The "normalizer" of a tokenizer.json: what happens to text before anything else.</summary>
/// <remarks>string.Normalize returns its input under InvariantGlobalization, hence a library for the normal forms.</remarks>
internal static class Normalization
{
    /// <returns>Null when text stays as it is.</returns>
    /// <exception cref="InvalidDataException">A kind that is not supported, by its name.</exception>
    public static Func<string, string>? Read(JsonElement? normalizer)
    {
        var steps = normalizer.Steps("normalizers").Select(Step).ToList();
        return steps.Count == 0 ? null : text => steps.Aggregate(text, (current, step) => step(current));
    }

    private static Func<string, string> Step(JsonElement step) => step.Text("type") switch
    {
        "Sequence" => Read(step) ?? (text => text),
        "NFC" => text => IsComposed(text) ? text : ENSNormalize.NF.NFC(text),
        "NFD" => text => Ascii.IsValid(text) ? text : ENSNormalize.NF.NFD(text),
        "Prepend" when step.Text("prepend") is { } prefix => text => text.Length == 0 ? text : prefix + text,
        "Replace" when step.Field("pattern")?.Text("String") is { Length: > 0 } old && step.Text("content") is { } content =>
            text => text.Replace(old, content, StringComparison.Ordinal),
        var type => throw TokenizerFile.Unsupported(
            $"normalizer '{type}' is not supported; supported are NFC, NFD, Prepend, Replace of a String, and Sequence of these"),
    };

    /// <summary>Below U+0300, the first combining mark, every text is its own NFC.</summary>
    private static bool IsComposed(string text) => !text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF');
}
