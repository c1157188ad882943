using System.Text.Json;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Reference;

/// <summary>Worked examples that tests/reference/learning_reference.py computed with PyTorch, in double precision.</summary>
internal sealed class LearningVectors
{
    private static readonly JsonElement File = Load();
    private readonly JsonElement _case;

    private LearningVectors(JsonElement element) => _case = element;

    public static IReadOnlyList<LearningVectors> Of(string algorithm) =>
        [.. File.GetProperty(algorithm).EnumerateArray().Select(c => new LearningVectors(c))];

    public double Number(string name) => _case.GetProperty(name).GetDouble();

    public double[] Numbers(string name) => Numbers(_case.GetProperty(name));

    public double[][] Rows(string name) => [.. _case.GetProperty(name).EnumerateArray().Select(Numbers)];

    public Tensor Vector(string name) => tensor(Numbers(name));

    public Tensor Leaf(string name) => tensor(Numbers(name), requires_grad: true);

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(x => x.GetDouble())];

    private static JsonElement Load()
    {
        using var json = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "learning_vectors.json")));
        return json.RootElement.Clone();
    }
}
