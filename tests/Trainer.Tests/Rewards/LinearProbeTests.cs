using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class LinearProbeTests
{
    /// <summary>
    /// By Newton's method in numpy on four Bradley-Terry choices: one head with penalty 0.5, all weights 1 and no anchor; another with
    /// penalty 2, weights 2, 0, 1, 1 and the anchor (1, -1).
    /// </summary>
    [Fact]
    public void Heads_lie_where_loss_and_penalty_balance()
    {
        using var features = tensor(new float[] { 1, 0, 0, 1, 2, 1, 0, 0, 1, 1, 0, 2, 1, 2, 1, 0 }).view(8, 2);
        using var anchors = tensor(new float[] { 0, 0, 1, -1 }).view(2, 2);
        Judgement[] choices = [.. Enumerable.Range(0, 4).Select(i => RatedLetters.Comparison(JudgementKind.Correction, i))];
        using var likelihood = new FeedbackLikelihood(choices);

        var (weights, biases) = LinearProbe.Fit(
            choices, likelihood, features, [[1, 2], [1, 0], [1, 1], [1, 1]], [0.5, 2], anchors, TestContext.Current.CancellationToken);

        using (weights)
        using (biases)
        {
            Near.Equal([0.904108, 0.223624, 0.860695, -0.495961], Near.Doubles(weights), 0.01);
            Near.Equal([0, 0], Near.Doubles(biases), 1e-6);
        }
    }

    [Fact]
    public void A_head_sees_the_last_state_and_sums_over_the_answer_alone()
    {
        using var weights = LetterPolicy.Weights(3);
        using var trunk = new Model.Transformers.Transformer(weights);
        TokenizedAnswer[] answers = [RatedLetters.Answer(0, 1, "", "?"), RatedLetters.Answer(1, 2, "abcdefabcdef", "")];
        using var batch = PaddedBatch.Of(answers, LetterPolicy.Rollouts.Pad);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();

        var features = AnswerFeatures.At(trunk, batch, batch.LastRows);

        foreach (var (row, answer) in answers.Index())
        {
            long[] tokens = [.. answer.Prompt.Concat(answer.Answer).Select(t => (long)t)];
            var hidden = trunk.Hidden(tensor(tokens).unsqueeze(0))[0];
            var words = weights.Embedding.index_select(0, tensor(tokens));
            var (first, length) = (answer.Prompt.Count, answer.Answer.Count);
            var expected = cat([hidden[-1], words.narrow(0, first, length).sum(dim: 0), hidden.narrow(0, first, length).sum(dim: 0)]);
            Near.Equal(Near.Doubles(expected), Near.Doubles(features[row]), 1e-4);
        }
    }

    /// <summary>However often an answer repeats what was praised, its score ends where the judged answers did.</summary>
    [Fact]
    public void Features_are_scaled_by_what_was_judged_and_end_there()
    {
        // Mean 2, deviation 1; a feature that never changes tells nothing.
        using var scaling = FeatureScaling.Of([[1, 7], [3, 7], [1, 7], [3, 7]]);
        using var features = tensor(new float[] { 3, 7, 2.5f, 100, 50, 7, -50, 7 }).view(4, 2);

        using var scaled = scaling.Apply(features);

        Near.Equal([1, 0, 0.5, 0, FeatureScaling.Limit, 0, -FeatureScaling.Limit, 0], Near.Doubles(scaled), 1e-6);
    }
}
