using ChatLoop.Model.Transformers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Tests.Transformers;

/// <summary>Stacked weights share memory; training must not notice.</summary>
public sealed class WeightGradientTests : IDisposable
{
    private static readonly TransformerConfig Config = new()
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
    private readonly Transformer _transformer = new(TransformerWeights.Initialise(Config, 3));

    public WeightGradientTests()
    {
        using var noGrad = no_grad();
        // Larger weights than at the start of training, so that every part matters.
        foreach (var (name, weight) in _transformer.Weights.ByName.Where(w => !w.Key.EndsWith("norm.weight", StringComparison.Ordinal))) weight.mul_(15);
    }

    public static TheoryData<string> Names => [.. TransformerWeights.Shapes(Config).Keys];

    /// <summary>The derivative along a random direction, by automatic and by central differences.</summary>
    [Theory, MemberData(nameof(Names))]
    public void The_gradient_is_the_numeric_one(string name)
    {
        _transformer.Weights.RequireGradients(true);
        var weight = _transformer.Weights.ByName[name];
        Loss().backward();
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
            var loss = Loss().item<float>();
            weight.sub_(direction * step);
            return loss;
        }
    }

    /// <summary>An optimizer's step is seen by the next pass, whether it wants gradients or not, also through a cache.</summary>
    [Theory, MemberData(nameof(Names))]
    public void A_changed_weight_changes_every_kind_of_pass_alike(string name)
    {
        var tokens = tensor(new long[] { 1, 2, 3, 4, 5 }).view(1, 5);
        var before = _transformer.Hidden(tokens);
        using (no_grad()) _transformer.Weights.ByName[name].mul_(1.5);

        _transformer.Weights.RequireGradients(true);
        var training = _transformer.Hidden(tokens);
        _transformer.Weights.RequireGradients(false);
        using var cache = new KeyValueCache(Config, slots: 1, capacity: 8);
        cache.Add();
        var cached = _transformer.Hidden(tokens, cache);

        Assert.True((before - training).abs().max().item<float>() > 1e-3);
        Assert.True((training - cached).abs().max().item<float>() < 1e-5);
        Assert.True((training - _transformer.Hidden(tokens)).abs().max().item<float>() < 1e-5);
    }

    private Tensor Loss()
    {
        var tokens = tensor(new long[] { 1, 5, 2, 7, 3, 11, 0, 19, 4, 4, 8, 13 }).view(2, 6);
        var logits = _transformer.Logits(_transformer.Hidden(tokens.narrow(1, 0, 5)));
        return cross_entropy(logits.reshape(-1, Config.VocabularySize), tokens.narrow(1, 1, 5).reshape(-1));
    }

    public void Dispose()
    {
        _transformer.Dispose();
        _scope.Dispose();
    }
}
