using ChatLoop.Trainer.Rewards.Likelihoods;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>A reward model's heads as heads.safetensors holds them. One that was saved without deviations has one head.</summary>
internal sealed record SavedHeads(
    Tensor Weight, Tensor Bias, Tensor Deviations, Tensor BiasDeviations, RewardNormalisation Normalisation, double SpreadPenalty,
    double LengthSlope, LikelihoodParameters Likelihood)
{
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

    /// <summary>Tensors of the dictionary, or of the dispose scope.</summary>
    /// <exception cref="InvalidDataException">A head is missing or misshaped; the message names it.</exception>
    public static SavedHeads Read(IReadOnlyDictionary<string, Tensor> saved, int hiddenSize)
    {
        var (heads, deviations) = saved.TryGetValue(DeviationsName, out var found) ? (found.shape[0], found) : (1, zeros(1, hiddenSize));
        var normalisation = Head(NormalisationName, 2).data<float>().ToArray();
        return new(
            Head(WeightName, 1, hiddenSize), Head(BiasName, 1),
            found is null ? deviations : Head(DeviationsName, heads, hiddenSize),
            found is null ? zeros(1) : Head(BiasDeviationsName, heads),
            new(normalisation[0], normalisation[1]),
            NumberOr0(SpreadPenaltyName), NumberOr0(LengthSlopeName), LikelihoodOrUnseen());

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
