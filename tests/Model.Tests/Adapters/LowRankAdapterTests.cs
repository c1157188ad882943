using ChatLoop.Model.Adapters;
using ChatLoop.Model.Transformers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Tests.Adapters;

public sealed class LowRankAdapterTests : IDisposable
{
    private const int Rank = 3;
    private const double Alpha = 6;

    private static readonly TransformerConfig Llama = new()
    {
        VocabularySize = 20,
        HiddenSize = 16,
        IntermediateSize = 24,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        MaxPositions = 16,
    };

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<ModelFamily, AdapterTargets> Cases => new(
        from family in Enum.GetValues<ModelFamily>() from targets in Enum.GetValues<AdapterTargets>() select (family, targets));

    /// <summary>By hand: W x = [0.5, -0.5], A x = -0.5, B A x = [-0.5, -1], twice that is [-1, -2].</summary>
    [Fact]
    public void The_update_of_a_vector()
    {
        using var update = new LowRankUpdate(
            new StackedWeights([tensor(new[] { 0.5f, -0.5f }).view(1, 2)]), [StackedWeights.Own(tensor(new[] { 1f, 2f }).view(2, 1))], scale: 2);
        using var weight = new Projection(new StackedWeights([tensor(new[] { 0.1f, 0.2f, 0.3f, -0.4f }).view(2, 2)]), bias: null, transposed: false);

        var y = new AdaptedProjection(weight, update).Apply(tensor(new[] { 1f, 2f }).view(1, 2)).data<float>().ToArray();

        Assert.Equal(-0.5, y[0], 1e-6);
        Assert.Equal(-2.5, y[1], 1e-6);
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_new_adapter_leaves_the_model_exactly_as_it_is(ModelFamily family, AdapterTargets targets)
    {
        using var weights = Weights(family);
        using var plain = new Transformer(weights.Clone());
        using var adapted = Adapted(weights, targets);

        Assert.True(Logits(plain).equal(Logits(adapted)).all().item<bool>());
    }

    /// <summary>Beside the weights, merged into them, and decoded token by token through a cache: one model.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Merged_weights_give_the_same_logits(ModelFamily family, AdapterTargets targets)
    {
        using var weights = Weights(family);
        using var adapted = Learned(weights, targets);
        using var merged = new Transformer(adapted.Merged());
        using var plain = new Transformer(weights.Clone());
        var expected = Logits(adapted);

        Assert.True(Largest(Logits(plain) - expected) > 0.1);
        Assert.True(Largest(Logits(merged) - expected) < 2e-5, $"{Largest(Logits(merged) - expected)}");
        Assert.True(Largest(Decoded(adapted) - expected[0]) < 2e-5);
        Assert.All(weights.ByName, w => Assert.True(w.Value.equal(plain.Weights.ByName[w.Key]).all().item<bool>(), w.Key));
    }

    /// <summary>
    /// The chain rule from the merged weight W' = W + s B A, whose gradient G comes from the plain model: dA = s Bᵀ G and dB = s G Aᵀ.
    /// Nothing else has a gradient.
    /// </summary>
    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Gradients_reach_the_adapter_alone_and_follow_the_chain_rule(ModelFamily family)
    {
        using var weights = Weights(family);
        using var adapted = Learned(weights, AdapterTargets.All);
        using var merged = new Transformer(adapted.Merged());
        adapted.RequireGradients(true);
        merged.RequireGradients(true);
        Loss(adapted).backward();
        Loss(merged).backward();

        Assert.All(weights.Parameters, p => Assert.Null(p.grad));
        var modules = Modules(family).ToList();
        var pairs = adapted.TrainableParameters.Chunk(2).ToList();
        Assert.Equal(modules.Count, pairs.Count);
        foreach (var (name, pair) in modules.Zip(pairs))
        {
            var (a, b, g) = (pair[0], pair[1], merged.Weights.ByName[name].grad!);
            if (family == ModelFamily.Gpt2) g = g.t();
            Assert.True(Largest(b.t().matmul(g) * (Alpha / Rank) - a.grad!) < 1e-4, name);
            Assert.True(Largest(g.matmul(a.t()) * (Alpha / Rank) - b.grad!) < 1e-4, name);
            Assert.True(Largest(a.grad!) > 1e-4 && Largest(b.grad!) > 1e-4, name);
        }
    }

    [Fact]
    public void It_counts_what_it_learns()
    {
        using var weights = Weights(ModelFamily.Llama);
        using var adapted = Adapted(weights, AdapterTargets.Attention);

        // Query and output are 16 x 16, key and value 8 x 16, in two layers: rank * (in + out) each.
        Assert.Equal(2 * Rank * (32 + 32 + 24 + 24), adapted.Adapter!.Count);
    }

    private static IEnumerable<string> Modules(ModelFamily family) =>
        from layer in Enumerable.Range(0, Llama.Layers)
        from module in family == ModelFamily.Gpt2
            ? new[] { "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj" }
            : ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
        select (family == ModelFamily.Gpt2 ? $"transformer.h.{layer}." : $"model.layers.{layer}.") + module + ".weight";

    /// <summary>With larger weights than at the start of training, so that every part matters.</summary>
    private static TransformerWeights Weights(ModelFamily family)
    {
        using var noGrad = no_grad();
        var weights = TransformerWeights.Initialise(
            Llama with { Family = family, KeyValueHeads = family == ModelFamily.Gpt2 ? 4 : 2 }, seed: 3);
        foreach (var weight in weights.Parameters.Where(w => w.dim() > 1)) weight.mul_(10);
        return weights;
    }

    private static Transformer Adapted(TransformerWeights weights, AdapterTargets targets) =>
        new(weights, new LowRankAdapter(weights, Rank, Alpha, targets, seed: 1));

    private static Transformer Learned(TransformerWeights weights, AdapterTargets targets)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(5, CPU);
        var adapted = Adapted(weights, targets);
        foreach (var parameter in adapted.TrainableParameters) parameter.normal_(0, 0.2, generator);
        return adapted;
    }

    private static Tensor Tokens => tensor(new long[] { 1, 5, 2, 7, 3, 11, 0, 19, 4, 4 }).view(2, 5);

    private static Tensor Logits(Transformer transformer) => transformer.Logits(transformer.Hidden(Tokens));

    /// <summary>Of the first sequence.</summary>
    private static Tensor Decoded(Transformer transformer)
    {
        using var cache = new KeyValueCache(transformer.Config, slots: 1, capacity: 8);
        cache.Add();
        return cat([.. Enumerable.Range(0, 5).Select(t => transformer.Logits(transformer.Hidden(Tokens[0].narrow(0, t, 1).view(1, 1), cache)).view(1, -1))], 0);
    }

    private static Tensor Loss(Transformer transformer) =>
        cross_entropy(Logits(transformer).reshape(-1, Llama.VocabularySize), Tokens.roll(1, 1).reshape(-1));

    private static float Largest(Tensor tensor) => tensor.detach().abs().max().item<float>();

    public void Dispose() => _scope.Dispose();
}
