using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tensors;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Scores whole answers: a transformer trunk and K linear heads on what it sees at the last token, which is the end-of-turn token
/// (Stiennon et al. 2020; <see cref="AnswerFeatures"/>). Scores are raw * gain + bias, set so that reference answers have mean 0 and deviation 1 (Huang
/// et al. 2023, detail 12); raw is the heads' <see cref="HeadEstimate.Conservative"/> score. Owns trunk and heads. Shapes: B answers, D hidden,
/// F features, K heads.
/// </summary>
public sealed class RewardModel : IDisposable
{
    private RewardModel(Transformer trunk, FeatureScaling scaling, Tensor weight, Tensor bias, Tensor deviations, Tensor biasDeviations)
    {
        Trunk = trunk;
        Scaling = scaling;
        Weight = Own(weight);
        Bias = Own(bias);
        Deviations = Own(deviations);
        BiasDeviations = Own(biasDeviations);
    }

    public Transformer Trunk { get; }
    /// <summary>What the heads read is scaled by it.</summary>
    public FeatureScaling Scaling { get; private set; }
    /// <summary>Of the mean head, [1, F].</summary>
    public Parameter Weight { get; }
    /// <summary>Of the mean head, [1].</summary>
    public Parameter Bias { get; }
    /// <summary>How each head's weight differs from the mean head's, up to what all have in common, [K, F].</summary>
    public Parameter Deviations { get; }
    /// <summary>The same of the bias, [K].</summary>
    public Parameter BiasDeviations { get; }
    public RewardNormalisation Normalisation { get; set; } = RewardNormalisation.None;
    /// <summary>Spreads that a raw score lies below the heads' mean.</summary>
    public double SpreadPenalty { get; set; }

    /// <summary>Raw score per answer token that is taken out of every head's; 0 where length is not corrected for.</summary>
    public double LengthSlope { get; set; }

    /// <summary>How raw scores become feedback, beside the scores themselves.</summary>
    public LikelihoodParameters Likelihood { get; set; } = LikelihoodParameters.Unseen;

    public int Heads => (int)Deviations.shape[0];

    public IEnumerable<Parameter> HeadParameters => Heads > 1 ? [Weight, Bias, Deviations, BiasDeviations] : [Weight, Bias];

    public IEnumerable<Parameter> Parameters => [.. Trunk.Weights.Parameters, .. HeadParameters];

    /// <summary>
    /// A new reward model on a copy of the policy's trunk, whose heads read the last state alone. The mean head is normal with deviation 1 / sqrt(D + 1), bias 0 (Huang et
    /// al. 2023, detail 11), and so is what each head adds to it: heads that begin apart and see different samples still differ
    /// where nothing was seen (Osband et al. 2018, randomised priors).
    /// </summary>
    public static RewardModel From(TransformerWeights policy, long seed, int heads = 1)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        var size = policy.Config.HiddenSize;
        var deviation = 1 / Math.Sqrt(size + 1.0);
        var weight = LastStateOnly(ScalarArithmetic.Normal(deviation, [1, size], generator));
        return new(
            new Transformer(policy.Clone()), FeatureScaling.LastStateOnly(size), weight, zeros(1),
            LastStateOnly(ScalarArithmetic.Normal(deviation, [heads, size], generator)), zeros(heads));
    }

    /// <summary>A saved reward model; copies trunk and heads.</summary>
    /// <exception cref="InvalidDataException">A head is missing or misshaped; the message names it.</exception>
    public static RewardModel From(TransformerWeights trunk, IReadOnlyDictionary<string, Tensor> heads)
    {
        using var scope = NewDisposeScope();
        var saved = SavedHeads.Read(heads, trunk.Config.HiddenSize);
        return new(
            new Transformer(trunk.Clone()), saved.Scaling, saved.Weight.clone(), saved.Bias.clone(), saved.Deviations.clone(), saved.BiasDeviations.clone())
        {
            Normalisation = saved.Normalisation,
            SpreadPenalty = saved.SpreadPenalty,
            LengthSlope = saved.LengthSlope,
            Likelihood = saved.Likelihood,
        };
    }

    /// <exception cref="Contracts.Errors.ChatLoopException">DamagedCheckpoint, naming the file.</exception>
    public static RewardModel Load(CheckpointStore store, string folder)
    {
        using var loaded = store.Load(folder);
        return From(loaded.Transformer.Weights, loaded.Heads);
    }

    /// <summary>What heads.safetensors holds; the caller disposes the tensors.</summary>
    public IReadOnlyDictionary<string, Tensor> SaveHeads() => SavedHeads.Write(this);

    /// <summary>Scores by each head before normalisation, [B, K]. Differentiable.</summary>
    public Tensor HeadScores(PaddedBatch batch)
    {
        var features = Scaling.Apply(Last(batch));
        var mean = nn.functional.linear(features, Weight, Bias);
        if (Heads == 1) return mean;
        var own = nn.functional.linear(features, Deviations - Deviations.mean([0], keepdim: true), BiasDeviations - BiasDeviations.mean());
        return mean.Plus(own);
    }

    /// <summary>Mean over the heads before normalisation, [B]. Differentiable.</summary>
    public Tensor RawScores(PaddedBatch batch) => nn.functional.linear(Scaling.Apply(Last(batch)), Weight, Bias).squeeze(-1);

    /// <summary>What the heads make of any number of answers before normalisation, length taken out, without gradients, in their order.</summary>
    public IReadOnlyList<HeadEstimate> Estimates(IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var estimates = new HeadEstimate[answers.Count];
        foreach (var group in LengthBuckets.Split([.. answers.Select(a => a.Length)], maxTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = PaddedBatch.Of([.. group.Select(i => answers[i])], pad);
            var byHead = HeadScores(batch).contiguous().data<float>().ToArray().Chunk(Heads).ToArray();
            for (var row = 0; row < group.Length; row++)
            {
                var length = LengthSlope * batch.AnswerLengths[row];
                estimates[group[row]] = new([.. byHead[row].Select(s => s - length)]);
            }
        }
        return estimates;
    }

    /// <summary>Raw scores of any number of answers, in their order.</summary>
    public double[] RawScores(IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken) =>
        [.. Estimates(answers, pad, maxTokens, cancellationToken).Select(e => e.Conservative(SpreadPenalty))];

    /// <summary>Normalised scores of any number of answers, in their order.</summary>
    public double[] Scores(IReadOnlyList<TokenizedAnswer> answers, int pad, int maxTokens, CancellationToken cancellationToken) =>
        [.. Estimates(answers, pad, maxTokens, cancellationToken).Select(Score)];

    /// <summary>The normalised score of an answer of which the heads make this.</summary>
    public double Score(HeadEstimate estimate) => Normalisation.Apply(estimate.Conservative(SpreadPenalty));

    /// <summary>
    /// Moves the heads' biases so that all have the same mean over these answers. Comparisons fix differences only, so that each
    /// head's level is an accident, and is no disagreement about any answer.
    /// </summary>
    public void LevelHeads(IReadOnlyList<HeadEstimate> reference)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var means = Enumerable.Range(0, Heads).Select(k => (float)reference.Average(e => e.ByHead[k])).ToArray();
        BiasDeviations.Add(tensor(means), -1);
    }

    /// <summary>Takes over heads that were fitted to scaled features.</summary>
    /// <param name="weights">[K, F].</param>
    /// <param name="biases">[K].</param>
    public void TakeHeads(FeatureScaling scaling, Tensor weights, Tensor biases)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Scaling.Dispose();
        Scaling = scaling.Clone();
        Weight.copy_(weights.mean([0], keepdim: true));
        Bias.copy_(biases.mean());
        Deviations.copy_(weights - Weight);
        BiasDeviations.copy_(biases - Bias);
    }

    /// <summary>Adds to every raw score.</summary>
    public void Raise(double raw)
    {
        using var noGrad = no_grad();
        Bias.Add(raw);
    }

    public void RequireGradients(bool required)
    {
        foreach (var parameter in Parameters) parameter.requires_grad = required;
    }

    public void Dispose()
    {
        Trunk.Dispose();
        Scaling.Dispose();
        Weight.Dispose();
        Bias.Dispose();
        Deviations.Dispose();
        BiasDeviations.Dispose();
    }

    /// <summary>Unscaled, [B, F].</summary>
    private Tensor Last(PaddedBatch batch) => AnswerFeatures.At(Trunk, batch, batch.LastRows);

    /// <summary>[N, D] -> [N, F].</summary>
    private static Tensor LastStateOnly(Tensor weights) =>
        cat([weights, zeros(weights.shape[0], AnswerFeatures.SizeFor((int)weights.shape[1]) - weights.shape[1])], 1);

    private static Parameter Own(Tensor tensor)
    {
        var parameter = new Parameter(tensor, requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
