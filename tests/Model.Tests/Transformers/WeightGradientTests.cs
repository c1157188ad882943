using ChatLoop.Model.Transformers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Tests.Transformers;

/// <summary>Stacked weights share memory; training must not notice.</summary>
public sealed class WeightGradientTests : IDisposable
{
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

    private static readonly Dictionary<ModelFamily, TransformerConfig> Configs = new()
    {
        [ModelFamily.Llama] = Llama,
        [ModelFamily.Mistral] = Llama with { Family = ModelFamily.Mistral, SlidingWindow = 3, TieEmbeddings = false },
        [ModelFamily.Qwen2] = Llama with { Family = ModelFamily.Qwen2 },
        [ModelFamily.Qwen3] = Llama with { Family = ModelFamily.Qwen3, HeadSize = 6, AttentionBias = true },
        [ModelFamily.Gpt2] = Llama with { Family = ModelFamily.Gpt2, KeyValueHeads = 4 },
    };

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<ModelFamily, string> Names { get; } = Data();

    /// <summary>The derivative along a random direction, by automatic and by central differences.</summary>
    [Theory, MemberData(nameof(Names))]
    public void The_gradient_is_the_numeric_one(ModelFamily family, string name)
    {
        using var transformer = Model(family);
        transformer.Weights.RequireGradients(true);
        var weight = transformer.Weights.ByName[name];
        Loss(transformer).backward();
        var direction = weight.grad!.sign();
        var expected = (weight.grad * direction).sum().item<float>();
        const double Step = 1e-3;

        var difference = (At(Step) - At(-Step)) / (2 * Step);

        Assert.NotEqual(0, expected);
        Assert.Equal(expected, difference, 0.02 * Math.Abs(expected) + 0.01);

        double At(double step)
        {
            using var noGrad = no_grad();
            weight.add_(direction * step);
            var loss = Loss(transformer).item<float>();
            weight.sub_(direction * step);
            return loss;
        }
    }

    /// <summary>An optimizer's step is seen by the next pass, whether it wants gradients or not, also through a cache.</summary>
    [Theory, MemberData(nameof(Names))]
    public void A_changed_weight_changes_every_kind_of_pass_alike(ModelFamily family, string name)
    {
        using var transformer = Model(family);
        var tokens = tensor(new long[] { 1, 2, 3, 4, 5 }).view(1, 5);
        var before = transformer.Logits(transformer.Hidden(tokens));
        using (no_grad()) transformer.Weights.ByName[name].mul_(1.5);

        transformer.Weights.RequireGradients(true);
        var training = transformer.Logits(transformer.Hidden(tokens));
        transformer.Weights.RequireGradients(false);
        using var cache = new KeyValueCache(Configs[family], slots: 1, capacity: 8);
        cache.Add();
        var cached = transformer.Logits(transformer.Hidden(tokens, cache));

        Assert.True((before - training).abs().max().item<float>() > 1e-3);
        Assert.True((training - cached).abs().max().item<float>() < 1e-5);
        Assert.True((training - transformer.Logits(transformer.Hidden(tokens))).abs().max().item<float>() < 1e-5);
    }

    /// <summary>With larger weights than at the start of training, so that every part matters.</summary>
    private static Transformer Model(ModelFamily family)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(5, CPU);
        var weights = TransformerWeights.Initialise(Configs[family], 3);
        foreach (var (name, weight) in weights.ByName)
        {
            if (name.EndsWith(".bias", StringComparison.Ordinal)) weight.normal_(0, 0.3, generator);
            else if (weight.dim() > 1) weight.mul_(15);
        }
        return new(weights);
    }

    private static TheoryData<ModelFamily, string> Data()
    {
        var data = new TheoryData<ModelFamily, string>();
        foreach (var (family, config) in Configs)
        {
            foreach (var name in TransformerWeights.Shapes(config).Keys) data.Add(family, name);
        }
        return data;
    }

    private static Tensor Loss(Transformer transformer)
    {
        var tokens = tensor(new long[] { 1, 5, 2, 7, 3, 11, 0, 19, 4, 4, 8, 13 }).view(2, 6);
        var logits = transformer.Logits(transformer.Hidden(tokens.narrow(1, 0, 5)));
        return cross_entropy(logits.reshape(-1, Llama.VocabularySize), tokens.narrow(1, 1, 5).reshape(-1));
    }

    public void Dispose() => _scope.Dispose();
}
