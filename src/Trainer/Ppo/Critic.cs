using ChatLoop.Model.Adapters;
using ChatLoop.Model.Tensors;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// The value function V(state before each answer token), a network of its own that starts as a copy of the reward model (Ouyang et
/// al. 2022): trunk, head and normalisation. Before the first update the head is fitted to returns (<see cref="CriticCalibration"/>).
/// Owns trunk and head; with an adapter its trunk borrows the reward model's weights.
/// </summary>
public sealed class Critic : IDisposable
{
    private readonly Transformer _trunk;
    private readonly FeatureScaling _scaling;
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    /// <param name="adapter">Learns in the place of the trunk; made for the reward model's.</param>
    public Critic(RewardModel rewardModel, LowRankAdapter? adapter = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (gain, bias) = rewardModel.Normalisation;
        _trunk = new Transformer(adapter is null ? rewardModel.Trunk.Weights.Clone() : rewardModel.Trunk.Weights, adapter);
        _scaling = rewardModel.Scaling.Clone();
        _weight = Own(rewardModel.Weight.detach().Times(gain));
        _bias = Own(rewardModel.Bias.detach().Times(gain).Plus(bias));
    }

    /// <summary>See <see cref="Transformer.GradientCheckpointing"/>.</summary>
    public bool GradientCheckpointing { set => _trunk.GradientCheckpointing = value; }

    public IEnumerable<Parameter> Parameters => [.. _trunk.TrainableParameters, _weight, _bias];

    /// <summary>One value per answer token, from what is seen at the token before it, [N]. Differentiable.</summary>
    public Tensor Values(PaddedBatch batch) => nn.functional.linear(States(batch), _weight, _bias).squeeze(-1);

    /// <summary>Fits the head to returns, one array per answer; the trunk stays.</summary>
    public void Calibrate(IReadOnlyList<TokenizedAnswer> answers, IReadOnlyList<double[]> returns, int pad, int maxTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var groups = LengthBuckets.Split([.. answers.Select(a => a.Length)], maxTokens).ToList();
        var states = groups.Select(group =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. group.Select(i => answers[i])], pad);
            return States(batch).MoveToOuterDisposeScope();
        }).ToArray();
        int[] order = [.. groups.SelectMany(g => g)];
        var (weight, bias) = CriticCalibration.Fit(
            cat(states, 0), [.. order.SelectMany(i => returns[i])], [.. order.SelectMany(i => Enumerable.Repeat(i, returns[i].Length))]);
        _weight.copy_(weight);
        _bias.copy_(bias);
    }

    private Tensor States(PaddedBatch batch) => _scaling.Apply(AnswerFeatures.At(_trunk, batch, batch.PredictorRows));

    /// <summary>The same for any number of answers, without gradients: one array per answer, in their order.</summary>
    public double[][] Values(IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var values = new double[answers.Count][];
        foreach (var group in LengthBuckets.Split([.. answers.Select(a => a.Length)], maxTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. group.Select(i => answers[i])], pad);
            var packed = Values(batch).data<float>().ToArray();
            var start = 0;
            for (var row = 0; row < group.Length; row++)
            {
                values[group[row]] = [.. packed.Skip(start).Take(batch.AnswerLengths[row]).Select(v => (double)v)];
                start += batch.AnswerLengths[row];
            }
        }
        return values;
    }

    public void RequireGradients(bool required)
    {
        foreach (var parameter in Parameters) parameter.requires_grad = required;
    }

    public void Dispose()
    {
        _trunk.Dispose();
        _scaling.Dispose();
        _weight.Dispose();
        _bias.Dispose();
    }

    private static Parameter Own(Tensor tensor)
    {
        var parameter = new Parameter(tensor, requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
