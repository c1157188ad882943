using ChatLoop.Trainer.Rewards.Likelihoods;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// A reward model's heads as heads.safetensors holds them. One that was saved without deviations has one head; one that was saved without
/// a scaling of its features reads the last hidden state alone.
/// </summary>
internal sealed record SavedHeads(
    Tensor Weight, Tensor Bias, Tensor Deviations, Tensor BiasDeviations, RewardNormalisation Normalisation, double SpreadPenalty,
    double LengthSlope, LikelihoodParameters Likelihood, FeatureScaling Scaling)
{
    private const string CentreName = "reward_head.feature_centre";
    private const string ScaleName = "reward_head.feature_scale";
    private const string WeightName = "reward_head.weight";
    private const string BiasName = "reward_head.bias";
    private const string DeviationsName = "reward_head.deviations";
    private const string BiasDeviationsName = "reward_head.bias_deviations";
    private const string NormalisationName = "reward_head.normalisation";
    private const string SpreadPenaltyName = "reward_head.spread_penalty";
    private const string LengthSlopeName = "reward_head.length_slope";
    private const string LikelihoodName = "reward_head.likelihood";

    /// <summary>The caller disposes the tensors.</summary>
    public static IReadOnlyDictionary<string, Tensor> Write(RewardModel model)
    {
        using var noGrad = no_grad();
        return new Dictionary<string, Tensor>
        {
            [CentreName] = model.Scaling.Centre.clone(),
            [ScaleName] = model.Scaling.Scale.clone(),
            [WeightName] = model.Weight.clone(),
            [BiasName] = model.Bias.clone(),
            [DeviationsName] = model.Deviations.clone(),
            [BiasDeviationsName] = model.BiasDeviations.clone(),
            [NormalisationName] = tensor([(float)model.Normalisation.Gain, (float)model.Normalisation.Bias]),
            [SpreadPenaltyName] = tensor([(float)model.SpreadPenalty]),
            [LengthSlopeName] = tensor([(float)model.LengthSlope]),
            [LikelihoodName] = tensor(
                [(float)model.Likelihood.LogTie, (float)model.Likelihood.Candour, .. model.Likelihood.CutPoints.Select(c => (float)c)]),
        };
    }

    /// <summary>Tensors of the dictionary, or of the dispose scope; the caller owns the scaling.</summary>
    /// <exception cref="InvalidDataException">A head is missing or misshaped; the message names it.</exception>
    public static SavedHeads Read(IReadOnlyDictionary<string, Tensor> saved, int hiddenSize)
    {
        var size = AnswerFeatures.SizeFor(hiddenSize);
        var (isScaled, heads) = (saved.ContainsKey(ScaleName), saved.TryGetValue(DeviationsName, out var found) ? found.shape[0] : 1);
        var normalisation = Head(NormalisationName, 2).data<float>().ToArray();
        return new(
            Weights(WeightName, 1), Head(BiasName, 1),
            found is null ? zeros(1, size) : Weights(DeviationsName, heads),
            found is null ? zeros(1) : Head(BiasDeviationsName, heads),
            new(normalisation[0], normalisation[1]),
            NumberOr0(SpreadPenaltyName), NumberOr0(LengthSlopeName), LikelihoodOrUnseen(),
            isScaled ? new(Head(CentreName, size), Head(ScaleName, size)) : FeatureScaling.LastStateOnly(hiddenSize));

        Tensor Weights(string name, long rows) => isScaled
            ? Head(name, rows, size)
            : cat([Head(name, rows, hiddenSize), zeros(rows, size - hiddenSize)], 1);

        double NumberOr0(string name) => saved.ContainsKey(name) ? Head(name, 1).item<float>() : 0;

        LikelihoodParameters LikelihoodOrUnseen()
        {
            if (!saved.ContainsKey(LikelihoodName)) return LikelihoodParameters.Unseen;
            var numbers = Head(LikelihoodName, 2 + CumulativeLogit.Stars - 1).data<float>().ToArray();
            return new(numbers[0], numbers[1], [.. numbers.Skip(2).Select(c => (double)c)]);
        }

        Tensor Head(string name, params long[] shape)
        {
            if (!saved.TryGetValue(name, out var head)) throw new InvalidDataException($"The reward model has no head '{name}'.");
            return head.shape.SequenceEqual(shape)
                ? head
                : throw new InvalidDataException(
                    $"Head '{name}' has shape [{string.Join(", ", head.shape)}]; expected [{string.Join(", ", shape)}].");
        }
    }
}
