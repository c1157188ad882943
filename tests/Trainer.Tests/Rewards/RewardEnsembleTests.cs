using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class RewardEnsembleTests : IDisposable
{
    private static readonly TokenizedAnswer[] Answers = [.. Enumerable.Range(0, 12).Select(i => RatedLetters.Answer(i, 1, "", ""))];
    private readonly TransformerWeights _policy = LetterPolicy.Weights(3);
    private readonly RewardModel _model;

    public RewardEnsembleTests() => _model = RewardModel.From(_policy, seed: 1, heads: 4);

    [Fact]
    public void Heads_begin_apart_and_their_mean_is_the_mean_head()
    {
        using var batch = PaddedBatch.Of(Answers, LetterPolicy.Rollouts.Pad);
        var means = Near.Doubles(_model.RawScores(batch));

        Assert.All(Estimates(_model), e => Assert.True(e.Spread > 0.05));
        Near.Equal(means, [.. Estimates(_model).Select(e => e.Mean)], 1e-5);
    }

    [Fact]
    public void Levelled_heads_agree_on_the_mean_answer()
    {
        var mean = Estimates(_model).Average(e => e.Mean);
        _model.LevelHeads(Estimates(_model));

        Assert.All(Enumerable.Range(0, 4), k => Assert.Equal(mean, Estimates(_model).Average(e => e.ByHead[k]), 1e-5));
    }

    [Fact]
    public void A_saved_ensemble_scores_as_before()
    {
        (_model.Normalisation, _model.SpreadPenalty, _model.LengthSlope) = (new(2, 0.5), 0.25, 0.125);
        _model.Likelihood = new(-0.5, 0.125, [-2, -1, 0.5, 1.5]);
        var heads = _model.SaveHeads();
        using var loaded = RewardModel.From(_policy, heads);
        foreach (var head in heads.Values) head.Dispose();

        Assert.Equal(Scores(_model), Scores(loaded));
        Assert.Equivalent(_model.Likelihood, loaded.Likelihood, strict: true);
        Near.Equal([.. Estimates(_model).Select(e => 2 * (e.Mean - 0.25 * e.Spread) + 0.5)], Scores(loaded), 1e-5);
    }

    [Fact]
    public void The_length_slope_is_taken_out_per_answer_token()
    {
        var before = Scores(_model);
        _model.LengthSlope = 0.125;

        Near.Equal([.. before.Zip(Answers, (score, answer) => score - 0.125 * answer.Answer.Count)], Scores(_model), 1e-5);
    }

    /// <summary>Checkpoints from before there were ensembles.</summary>
    [Fact]
    public void One_saved_head_is_loaded_as_one()
    {
        using var weight = ones(1, LetterPolicy.Config.HiddenSize);
        using var bias = zeros(1);
        using var normalisation = tensor([2f, 1f]);
        using var loaded = RewardModel.From(_policy, new Dictionary<string, Tensor>
        {
            ["reward_head.weight"] = weight,
            ["reward_head.bias"] = bias,
            ["reward_head.normalisation"] = normalisation,
        });

        Assert.Equal(1, loaded.Heads);
        Assert.Same(LikelihoodParameters.Unseen, loaded.Likelihood);
        Near.Equal([.. Estimates(loaded).Select(e => 2 * e.Mean + 1)], Scores(loaded), 1e-5);
    }

    [Fact]
    public void A_head_of_another_shape_is_named()
    {
        using var weight = ones(1, 5);
        using var bias = zeros(1);
        using var normalisation = tensor([2f, 1f]);

        var error = Assert.Throws<InvalidDataException>(() => RewardModel.From(_policy, new Dictionary<string, Tensor>
        {
            ["reward_head.weight"] = weight,
            ["reward_head.bias"] = bias,
            ["reward_head.normalisation"] = normalisation,
        }));

        Assert.Contains("'reward_head.weight' has shape [1, 5]", error.Message);
    }

    private static IReadOnlyList<HeadEstimate> Estimates(RewardModel model) =>
        model.Estimates(Answers, LetterPolicy.Rollouts.Pad, LetterPolicy.Rollouts.MicroBatchTokens, default);

    private static double[] Scores(RewardModel model) =>
        model.Scores(Answers, LetterPolicy.Rollouts.Pad, LetterPolicy.Rollouts.MicroBatchTokens, default);

    public void Dispose()
    {
        _model.Dispose();
        _policy.Dispose();
    }
}
