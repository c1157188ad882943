using System.Text.Json;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Tokenizers;

/// <summary>
/// What Hugging Face's own tokenizers make of one text; tests/reference/tokenizers/tokenizers_reference.mjs writes them.
/// </summary>
/// <param name="Markup">Ids with added tokens recognised.</param>
/// <param name="Typed">Ids without.</param>
/// <param name="Decoded">The text of <paramref name="Typed"/> without special tokens.</param>
internal sealed record TokenizerVector(string Text, int[] Markup, int[] Typed, string Decoded)
{
    /// <summary>The committed tokenizers: a small vocabulary each, with the settings of the family's real file.</summary>
    public static string FamiliesFolder { get; } = Path.Combine(AppContext.BaseDirectory, "Tokenizers", "Families");

    public static string FolderOf(string family) => Path.Combine(FamiliesFolder, family);

    public static IEnumerable<TokenizerVector> OfFamily(string family) => In(FolderOf(family));

    public static IEnumerable<TokenizerVector> In(string folder) => File.ReadLines(Path.Combine(folder, "vectors.jsonl")).Select(Parse);

    private static TokenizerVector Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        return Read(json.RootElement);
    }

    public static TokenizerVector Read(JsonElement vector)
    {
        // JSON readers refuse unpaired surrogates, so texts that have one are written as numbers.
        var text = vector.TryGetProperty("w", out var units)
            ? string.Concat(units.EnumerateArray().Select(u => (char)u.GetInt32()))
            : vector.GetProperty("t").GetString()!;
        var markup = Ids(vector.GetProperty("m"));
        return new(text, markup, vector.TryGetProperty("u", out var typed) ? Ids(typed) : markup, vector.GetProperty("d").GetString()!);
    }

    /// <summary>Fails with every text that the tokenizer treats otherwise.</summary>
    public static void AssertSame(Tokenizer tokenizer, IEnumerable<TokenizerVector> vectors) => Assert.Empty(vectors.SelectMany(v => v.Differences(tokenizer)));

    private IEnumerable<string> Differences(Tokenizer tokenizer)
    {
        if (!tokenizer.EncodeMarkup(Text).SequenceEqual(Markup)) yield return Difference("as markup", Markup, tokenizer.EncodeMarkup(Text));
        if (!tokenizer.Encode(Text).SequenceEqual(Typed)) yield return Difference("as people's text", Typed, tokenizer.Encode(Text));
        if (tokenizer.Decode(Typed) is var decoded && decoded != Decoded)
            yield return $"{JsonSerializer.Serialize(Text)} decodes to {JsonSerializer.Serialize(decoded)} instead of {JsonSerializer.Serialize(Decoded)}";
    }

    private string Difference(string how, IEnumerable<int> expected, IEnumerable<int> found) =>
        $"{JsonSerializer.Serialize(Text)} {how}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}";

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];
}
