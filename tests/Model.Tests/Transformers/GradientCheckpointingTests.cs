using ChatLoop.Model.Adapters;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Tests.Transformers;

[Collection(LiveTensors.Name)]
public sealed class GradientCheckpointingTests
{
    private static TransformerConfig Config(ModelFamily family) => new()
    {
        Family = family,
        VocabularySize = 20,
        HiddenSize = 16,
        IntermediateSize = 24,
        Layers = 3,
        Heads = 4,
        KeyValueHeads = family == ModelFamily.Gpt2 ? 4 : 2,
        MaxPositions = 16,
        SlidingWindow = family == ModelFamily.Mistral ? 3 : null,
    };

    public static TheoryData<ModelFamily, bool> Cases => new(
        from family in Enum.GetValues<ModelFamily>() from lora in new[] { false, true } select (family, lora));

    /// <summary>The second pass is the first one's arithmetic.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Gradients_are_the_plain_ones_bit_for_bit(ModelFamily family, bool lora)
    {
        using var scope = NewDisposeScope();
        using var weights = TransformerWeights.Initialise(Config(family), 3);
        using var model = lora ? Learned(weights) : new Transformer(weights.Clone());
        model.RequireGradients(true);
        var (loss, plain) = Gradients(model, checkpointing: false);
        var (again, recomputed) = Gradients(model, checkpointing: true);

        Assert.Equal(loss, again);
        Assert.NotEmpty(plain);
        Assert.Equal(plain.Count, recomputed.Count);
        Assert.All(plain.Zip(recomputed), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
    }

    /// <summary>The layers' rotations and masks are made anew: those of the first pass may be gone.</summary>
    [Fact]
    public void The_backward_pass_may_come_after_the_scope_of_the_forward_pass()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(TransformerWeights.Initialise(Config(ModelFamily.Mistral), 3)) { GradientCheckpointing = true };
        model.RequireGradients(true);
        Tensor loss;
        using (NewDisposeScope()) loss = Loss(model).MoveToOuterDisposeScope();

        loss.backward();

        Assert.All(model.TrainableParameters, p => Assert.True(p.grad!.abs().max().item<float>() > 0));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var model = new Transformer(TransformerWeights.Initialise(Config(ModelFamily.Llama), 3)) { GradientCheckpointing = true };
        model.RequireGradients(true);
        var counts = new List<long>();
        for (var i = 0; i < 6; i++)
        {
            using (NewDisposeScope()) Loss(model).backward();
            counts.Add(LiveTensors.Count());
        }

        Assert.Single(counts.Skip(1).Distinct());
    }

    [Fact]
    public void What_does_not_train_is_not_recomputed()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(TransformerWeights.Initialise(Config(ModelFamily.Llama), 3)) { GradientCheckpointing = true };
        Assert.False(Loss(model).requires_grad);
        model.RequireGradients(true);
        using var noGrad = no_grad();
        Assert.False(Loss(model).requires_grad);
    }

    private static Transformer Learned(TransformerWeights weights)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(5, CPU);
        var adapted = new Transformer(weights, new LowRankAdapter(weights, rank: 2, alpha: 4, AdapterTargets.All, seed: 1));
        foreach (var parameter in adapted.TrainableParameters) parameter.normal_(0, 0.2, generator);
        return adapted;
    }

    private static (float Loss, List<Tensor> Gradients) Gradients(Transformer model, bool checkpointing)
    {
        model.GradientCheckpointing = checkpointing;
        foreach (var parameter in model.TrainableParameters) parameter.grad?.zero_();
        var loss = Loss(model);
        loss.backward();
        return (loss.item<float>(), [.. model.TrainableParameters.Select(p => p.grad!.clone())]);
    }

    private static Tensor Loss(Transformer model)
    {
        var tokens = tensor(new long[] { 1, 5, 2, 7, 3, 11, 0, 19, 4, 4, 8, 13 }).view(2, 6);
        var logits = model.Logits(model.Hidden(tokens.narrow(1, 0, 5)));
        return cross_entropy(logits.reshape(-1, 20), tokens.narrow(1, 1, 5).reshape(-1));
    }
}
