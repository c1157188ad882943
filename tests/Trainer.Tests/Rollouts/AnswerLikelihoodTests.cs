using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Rollouts;

public sealed class AnswerLikelihoodTests : IDisposable
{
    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private readonly Transformer _policy = new(LetterPolicy.Weights(3));
    private readonly TrainingWorkers _workers = new(count: 2, intraOpThreads: 1);

    public void Dispose()
    {
        _policy.Dispose();
        _workers.Dispose();
    }

    /// <summary>Peers' most common fault is a sampler whose log-probabilities are not the trainer's.</summary>
    [Fact]
    public void Trainer_and_sampler_agree_on_every_token()
    {
        var rollouts = Sample(24);

        var recomputed = Evaluate([.. rollouts.Select(r => r.Tokens)], maxTokens: 300);

        for (var i = 0; i < rollouts.Count; i++)
            Near.Equal([.. rollouts[i].LogProbabilities.Select(p => (double)p)], [.. recomputed[i].LogProbabilities.Select(p => (double)p)], 1e-4);
    }

    [Fact]
    public void A_batch_gives_what_single_answers_give()
    {
        TokenizedAnswer[] answers = [.. Sample(12).Select(r => r.Tokens)];

        var together = Evaluate(answers, maxTokens: 10_000);

        for (var i = 0; i < answers.Length; i++)
        {
            var alone = Evaluate([answers[i]], maxTokens: 1)[0];
            Near.Equal(Doubles(alone.LogProbabilities), Doubles(together[i].LogProbabilities), 1e-5);
            Near.Equal(Doubles(alone.Entropy), Doubles(together[i].Entropy), 1e-5);
        }
    }

    /// <summary>By the definition: the logits at position p predict token p + 1, and the end of turn is predicted too.</summary>
    [Fact]
    public void Each_answer_token_is_scored_by_the_position_before_it()
    {
        var answer = new TokenizedAnswer([2, 100, 1, 3], [101, 102, LetterPolicy.Template.EndOfTurn]);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long[] whole = [2, 100, 1, 3, 101, 102, 1];
        var logits = _policy.Logits(_policy.Hidden(tensor(whole).view(1, -1)))[0].log_softmax(-1);

        Near.Equal(
            [logits[3, 101].item<float>(), logits[4, 102].item<float>(), logits[5, 1].item<float>()],
            Doubles(Evaluate([answer], maxTokens: 100)[0].LogProbabilities), 1e-5);
    }

    [Fact]
    public void Prompt_tokens_have_no_gradient_in_the_loss()
    {
        var answer = new TokenizedAnswer([2, 100, 1, 3], [101, 1]);
        using var scope = NewDisposeScope();
        using var batch = PaddedBatch.Of([answer, new([2, 100, 120, 121, 1, 3], [101, 102, 1])], pad: 0);

        Assert.Equal(5, batch.TokenCount);
        Assert.Equal([101L, 1, 101, 102, 1], batch.AnswerTokens.data<long>().ToArray());
        Assert.Equal([3L, 4, 14, 15, 16], batch.PredictorRows.data<long>().ToArray());
        Assert.Equal([5L, 17], batch.LastRows.data<long>().ToArray());
    }

    [Fact]
    public void Sampling_does_not_depend_on_how_the_work_is_shared()
    {
        using var alone = new TrainingWorkers(count: 1, intraOpThreads: 1);
        var prompts = LetterPolicy.Prompts(10);

        var shared = RolloutSampler.Sample(_policy, prompts, LetterPolicy.Rollouts, 5, _workers, Guard);
        var single = RolloutSampler.Sample(_policy, prompts, LetterPolicy.Rollouts, 5, alone, Guard);

        Assert.Equal(single.Select(r => r.Tokens.Answer), shared.Select(r => r.Tokens.Answer));
    }

    private IReadOnlyList<Rollout> Sample(int count) =>
        RolloutSampler.Sample(_policy, LetterPolicy.Prompts(count), LetterPolicy.Rollouts, 5, _workers, Guard);

    private IReadOnlyList<TokenLikelihoods> Evaluate(IReadOnlyList<TokenizedAnswer> answers, int maxTokens) =>
        AnswerLikelihood.Evaluate(_policy, answers, LetterPolicy.Template.Pad, maxTokens, Guard);

    private static double[] Doubles(float[] values) => [.. values.Select(v => (double)v)];
}
