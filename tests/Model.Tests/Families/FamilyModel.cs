using System.Text.Json;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Families;

/// <param name="Logits">After each token of the prompt, [T][V].</param>
/// <param name="Continuation">64 greedy tokens.</param>
public sealed record ReferenceVector(long[] Prompt, float[][] Logits, int[] Continuation);

/// <summary>
/// A tiny random model in Hugging Face's format, and its logits by tests/reference/transformers_reference.py, which shares no code
/// with ours.
/// </summary>
public static class FamilyModel
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static string Models { get; } = Path.Combine(AppContext.BaseDirectory, "Families", "Models");

    public static TheoryData<string> Names { get; } = [.. Directory.EnumerateDirectories(Models).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public static string Folder(string name) => Path.Combine(Models, name);

    public static Transformer Load(string name, ScalarType? type = null) => new(HuggingFaceFolder.Load(Folder(name), type));

    public static IReadOnlyList<ReferenceVector> Vectors(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(name), "vectors.json")));
        return document.RootElement.GetProperty("vectors").Deserialize<ReferenceVector[]>(Json)!;
    }

    public static Tensor Row(ReadOnlySpan<long> tokens) => tensor(tokens.ToArray()).view(1, tokens.Length);

    /// <summary>Largest error of logits [T, V], which follow the vector's tokens from <paramref name="from"/> on.</summary>
    public static double Error(ReferenceVector vector, Tensor logits, int from = 0)
    {
        var actual = logits.data<float>().ToArray();
        var expected = vector.Logits.Skip(from).SelectMany(row => row);
        return actual.Zip(expected, (a, e) => Math.Abs(a - (double)e)).Append(actual.Length % vector.Logits[0].Length).Max();
    }
}
