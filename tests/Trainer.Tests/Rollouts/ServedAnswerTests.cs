using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rollouts;

public sealed class ServedAnswerTests : IDisposable
{
    private readonly Transformer _policy = new(LetterPolicy.Weights(3));

    public void Dispose() => _policy.Dispose();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    /// <summary>As the service samples: several answers at once, each with its own parameters.</summary>
    private List<ServedAnswer> Serve(Transformer policy, params SamplingParameters[] parameters)
    {
        var prompts = LetterPolicy.Prompts(12);
        using var generator = new BatchGenerator(policy, version: 1, slots: prompts.Count, policy.Config.MaxPositions, LetterPolicy.Rollouts.EndIds);
        var underWay = prompts.Index().ToDictionary(
            p => generator.Admit(p.Item, parameters[p.Index % parameters.Length] with { MaxTokens = 30 }, p.Index),
            p => (p.Index, Tokens: new List<int>(), Log: new List<float>()));
        while (generator.Active > 0)
        {
            foreach (var (sequence, token, _) in generator.Step())
            {
                underWay[sequence].Tokens.Add(token.Id);
                underWay[sequence].Log.Add(token.LogProbability);
            }
        }
        return [.. underWay.Values.Select(a => new ServedAnswer(new(prompts[a.Index], a.Tokens), a.Log, parameters[a.Index % parameters.Length]))];
    }

    /// <summary>What was stored when an answer was sampled is what the trainer works out for it, if it asks for the same distribution.</summary>
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(1, 0.8, 0)]
    [InlineData(0.7, 0.95, 0)]
    [InlineData(1, 1, 3)]
    [InlineData(0, 1, 0)]
    public void Stored_log_probabilities_are_found_again(double temperature, double topP, int topK)
    {
        var served = Serve(_policy, new SamplingParameters { Temperature = temperature, TopP = topP, TopK = topK });
        var now = ServedAnswer.Evaluate(_policy, served, LetterPolicy.Rollouts.Pad, 256, Guard);

        Near.Equal(served.Select(a => a.LogProbabilities.Sum(p => (double)p)).ToArray(), now, 1e-3);
        Assert.Equal(1, ServedAnswer.EffectiveShare(_policy, served, LetterPolicy.Rollouts, Guard), 1e-4);
    }

    /// <summary>Penalties look back at the answer's own prompt and tokens, also when they are worked out again.</summary>
    [Fact]
    public void Stored_log_probabilities_under_penalties_are_found_again()
    {
        SamplingParameters[] parameters =
        [
            new() { RepetitionPenalty = 1.4 }, new() { PresencePenalty = 1, FrequencyPenalty = 0.5, TopP = 0.9 },
            new() { MinP = 0.05, LogitBias = new Dictionary<int, double> { [LetterPolicy.Tokenizer.Encode("e")[0]] = 3 } },
        ];
        var served = Serve(_policy, parameters);
        var now = ServedAnswer.Evaluate(_policy, served, LetterPolicy.Rollouts.Pad, 256, Guard);

        Near.Equal(served.Select(a => a.LogProbabilities.Sum(p => (double)p)).ToArray(), now, 1e-3);
        var unpenalised = ServedAnswer.Evaluate(_policy, [.. served.Select(a => a with { Sampling = new() })], LetterPolicy.Rollouts.Pad, 256, Guard);
        // A short answer may repeat nothing; most of the others would be weighed wrongly without their history.
        Assert.InRange(now.Zip(unpenalised).Count(pair => Math.Abs(pair.First - pair.Second) > 0.05), 6, served.Count);
    }

    [Fact]
    public void Answers_under_a_constraint_are_refused()
    {
        var served = Serve(_policy, new SamplingParameters());
        Assert.Throws<ArgumentException>(() => ServedAnswer.Evaluate(
            _policy, [served[0] with { Sampling = new() { Regex = "[a-z]*" } }], LetterPolicy.Rollouts.Pad, 256, Guard));
    }

    /// <summary>Why the parameters are stored: over the whole vocabulary every token of a nucleus looks rarer than it was.</summary>
    [Fact]
    public void Log_probabilities_of_a_nucleus_are_not_those_of_the_whole_distribution()
    {
        var served = Serve(_policy, new SamplingParameters { TopP = 0.8 });
        var whole = AnswerLikelihood.Evaluate(_policy, [.. served.Select(a => a.Tokens)], LetterPolicy.Rollouts.Pad, 256, Guard);

        Assert.All(served.Zip(whole), pair => Assert.True(pair.First.LogProbabilities.Sum() > pair.Second.Total + 0.05));
    }

    [Fact]
    public void Another_policy_has_fewer_effective_samples()
    {
        var served = Serve(_policy, new SamplingParameters(), new SamplingParameters { TopP = 0.9 });
        using var other = new Transformer(LetterPolicy.Weights(4));

        Assert.InRange(ServedAnswer.EffectiveShare(other, served, LetterPolicy.Rollouts, Guard), 1.0 / served.Count, 0.9);
    }
}
