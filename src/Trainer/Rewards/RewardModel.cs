using ChatLoop.Model.Tensors;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Scores whole answers: a transformer trunk and a linear head on the hidden state of the last token, which is the end-of-turn
/// token (Stiennon et al. 2020). Scores are raw * gain + bias, set so that reference answers have mean 0 and deviation 1 (Huang
/// et al. 2023, detail 12). Owns trunk and head. Shapes: B answers, D hidden.
/// </summary>
public sealed class RewardModel : IDisposable
{
    public const string WeightName = "reward_head.weight";
    public const string BiasName = "reward_head.bias";
    public const string NormalisationName = "reward_head.normalisation";

    private RewardModel(Transformer trunk, Tensor weight, Tensor bias, RewardNormalisation normalisation)
    {
        Trunk = trunk;
        Weight = Own(weight);
        Bias = Own(bias);
        Normalisation = normalisation;
    }

    public Transformer Trunk { get; }
    /// <summary>[1, D].</summary>
    public Parameter Weight { get; }
    /// <summary>[1].</summary>
    public Parameter Bias { get; }
    public RewardNormalisation Normalisation { get; set; }

    public IEnumerable<Parameter> Parameters => [.. Trunk.Weights.Parameters, Weight, Bias];

    /// <summary>
    /// A new reward model on a copy of the policy's trunk. The head is normal with deviation 1 / sqrt(D + 1), bias 0 (Huang et al.
    /// 2023, detail 11).
    /// </summary>
    public static RewardModel From(TransformerWeights policy, long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        var size = policy.Config.HiddenSize;
        var weight = ScalarArithmetic.Normal(1 / Math.Sqrt(size + 1.0), [1, size], generator);
        return new(new Transformer(policy.Clone()), weight, zeros(1), RewardNormalisation.None);
    }

    /// <summary>A saved reward model; copies trunk and heads.</summary>
    /// <exception cref="InvalidDataException">A head is missing or misshaped; the message names it.</exception>
    public static RewardModel From(TransformerWeights trunk, IReadOnlyDictionary<string, Tensor> heads)
    {
        using var scope = NewDisposeScope();
        var weight = Head(heads, WeightName, [1, trunk.Config.HiddenSize]).clone();
        var bias = Head(heads, BiasName, [1]).clone();
        var normalisation = Head(heads, NormalisationName, [2]).data<float>().ToArray();
        return new(new Transformer(trunk.Clone()), weight, bias, new(normalisation[0], normalisation[1]));
    }

    /// <summary>What heads.safetensors holds; the caller disposes the tensors.</summary>
    public IReadOnlyDictionary<string, Tensor> Heads() => new Dictionary<string, Tensor>
    {
        [WeightName] = Weight.detach().clone(),
        [BiasName] = Bias.detach().clone(),
        [NormalisationName] = tensor([(float)Normalisation.Gain, (float)Normalisation.Bias]),
    };

    /// <summary>Scores before normalisation, [B]. Differentiable.</summary>
    public Tensor RawScores(PaddedBatch batch)
    {
        var hidden = Trunk.Hidden(batch.Tokens);
        return Apply(hidden.view(-1, hidden.shape[^1]).index_select(0, batch.LastRows));
    }

    /// <summary>The head, [.., D] -> [..].</summary>
    public Tensor Apply(Tensor hidden) => nn.functional.linear(hidden, Weight, Bias).squeeze(-1);

    /// <summary>Raw scores of any number of answers, without gradients, in their order.</summary>
    public double[] RawScores(IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var scores = new double[answers.Count];
        foreach (var group in LengthBuckets.Split([.. answers.Select(a => a.Length)], maxTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. group.Select(i => answers[i])], pad);
            var raw = RawScores(batch).data<float>().ToArray();
            for (var row = 0; row < group.Length; row++) scores[group[row]] = raw[row];
        }
        return scores;
    }

    /// <summary>Normalised scores of any number of answers, in their order.</summary>
    public double[] Scores(IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken) =>
        [.. RawScores(answers, pad, maxTokens, cancellationToken).Select(Normalisation.Apply)];

    public void RequireGradients(bool required)
    {
        foreach (var parameter in Parameters) parameter.requires_grad = required;
    }

    public void Dispose()
    {
        Trunk.Dispose();
        Weight.Dispose();
        Bias.Dispose();
    }

    private static Tensor Head(IReadOnlyDictionary<string, Tensor> heads, string name, long[] shape)
    {
        if (!heads.TryGetValue(name, out var head)) throw new InvalidDataException($"The reward model has no head '{name}'.");
        return head.shape.SequenceEqual(shape)
            ? head
            : throw new InvalidDataException(
                $"Head '{name}' has shape [{string.Join(", ", head.shape)}]; expected [{string.Join(", ", shape)}].");
    }

    private static Parameter Own(Tensor tensor)
    {
        var parameter = new Parameter(tensor, requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
