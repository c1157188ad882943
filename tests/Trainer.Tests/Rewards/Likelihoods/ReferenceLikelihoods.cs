using System.Text.Json;

namespace ChatLoop.Trainer.Tests.Rewards.Likelihoods;

/// <summary>What tests/reference/reward_reference.py computed: it shares no code with ours and enumerates each choice set.</summary>
internal static class ReferenceLikelihoods
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Rewards", "reward_likelihoods.json"))).RootElement;

    public static IEnumerable<JsonElement> Of(string kind) => Vectors.GetProperty(kind).EnumerateArray();

    public static double Input(this JsonElement @case, string name) => @case.GetProperty("inputs").GetProperty(name).GetDouble();

    public static double[] Inputs(this JsonElement @case, string name) => Numbers(@case.GetProperty("inputs").GetProperty(name));

    public static double Gradient(this JsonElement @case, string name) => @case.GetProperty("gradients").GetProperty(name).GetDouble();

    public static double[] Gradients(this JsonElement @case, string name) => Numbers(@case.GetProperty("gradients").GetProperty(name));

    public static double Loss(this JsonElement @case) => @case.GetProperty("loss").GetDouble();

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetDouble())];
}
