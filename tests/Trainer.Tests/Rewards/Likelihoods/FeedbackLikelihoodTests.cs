using ChatLoop.Model.Tensors;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using static ChatLoop.Trainer.Tests.Near;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rewards.Likelihoods;

public sealed class FeedbackLikelihoodTests
{
    private static readonly TokenizedAnswer Answer = new([2, 3], [4, 1]);

    private static readonly Judgement[] Judgements =
    [
        Judgement.Rating("a", Answer, 5), Judgement.Pair("a", Answer, Answer, PairOutcome.Second), Judgement.Thumb("b", Answer, up: true),
        Judgement.Ranking("a", [Answer, Answer, Answer], [2, 1, 1]), Judgement.Correction("c", Answer, Answer),
        Judgement.Pair("b", Answer, Answer, PairOutcome.BothBad), Judgement.Demonstration("c", Answer, Answer), Judgement.Rating("b", Answer, 1),
        Judgement.Comment("c", Answer, praise: 0.7, certainty: 0.5),
    ];

    /// <summary>Kinds are worked out together and put back in order: whoever stands beside a judgement does not change its loss.</summary>
    [Fact]
    public void A_judgement_costs_the_same_alone_and_among_others()
    {
        using var likelihood = new FeedbackLikelihood(Judgements);
        var scores = randn([Judgements.Sum(j => j.Answers.Count), 3], generator: new Generator(1, CPU));
        var together = likelihood.Losses(Judgements, scores);
        var start = 0;

        foreach (var (i, judgement) in Judgements.Index())
        {
            var alone = likelihood.Losses([judgement], scores.narrow(0, start, judgement.Answers.Count));
            Equal(Doubles(alone), together.select(0, i), 1e-6);
            start += judgement.Answers.Count;
        }
    }

    /// <summary>A soft thumb, by what the reader's heads made of the words; the gradient is sigmoid(r) - q.</summary>
    [Fact]
    public void A_comment_costs_what_the_reference_says()
    {
        foreach (var expected in ReferenceLikelihoods.Of("comments"))
        {
            double[] heads = [.. expected.GetProperty("heads").EnumerateArray().Select(h => h.GetDouble())];
            var judgement = Judgement.Comment("a", Answer, new HeadEstimate(heads).Probability, certainty: 1);
            using var likelihood = new FeedbackLikelihood([judgement]);
            var score = tensor([(float)expected.Input("score")], [1, 1], requires_grad: true);
            var loss = likelihood.Losses([judgement], score);
            loss.sum().backward();

            Equal(expected.Loss(), loss.sum(), 1e-6);
            Equal([expected.Gradient("score")], score.grad!.view(-1), 1e-6);
        }
    }

    /// <summary>Equal scores: a pair costs log 2 + tie share, a correction and a thumb log 2.</summary>
    [Fact]
    public void Before_anything_is_learned_shares_explain_the_judgements()
    {
        using var likelihood = new FeedbackLikelihood(Judgements);
        var losses = Doubles(likelihood.Losses(Judgements, zeros(15, 1)));

        // One decided pair, one tie, one of each added: ties are nu / (2 + nu) = 1/2 of all.
        Assert.Equal(Math.Log(4), losses[1], 1e-5);
        Assert.Equal(Math.Log(2), losses[2], 1e-5);
        Assert.Equal(Math.Log(2), losses[4], 1e-5);
        // Two ratings, one of each added: 2 of 7 are one star, 2 of 7 are five.
        Assert.Equal(Math.Log(3.5), losses[0], 1e-5);
        Assert.Equal(Math.Log(3.5), losses[7], 1e-5);
    }

    [Fact]
    public void Centring_is_the_squared_sum_of_a_pair_and_leaves_thumbs_alone()
    {
        var centring = FeedbackLikelihood.Centring([Judgements[1], Judgements[2]], tensor(new[] { 1.5f, -0.5f, 7f }, [3, 1]));

        Equal([1, 0], centring, 1e-6);
    }

    [Fact]
    public void A_generous_rater_is_found_out()
    {
        Judgement[] ratings = [.. Enumerable.Repeat(Judgement.Rating("generous", Answer, 5), 6), .. Enumerable.Repeat(Judgement.Rating("harsh", Answer, 1), 6)];
        using var likelihood = new FeedbackLikelihood(ratings);
        likelihood.RequireGradients(true);
        likelihood.Losses(ratings, zeros(12, 1)).sum().Plus(likelihood.Prior()).backward();

        var gradient = Doubles(likelihood.Parameters.Last().grad!);
        Assert.True(gradient[0] < -1 && gradient[1] > 1, string.Join(", ", gradient));
    }
}
