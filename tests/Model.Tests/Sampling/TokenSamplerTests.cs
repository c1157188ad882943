using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;

namespace ChatLoop.Model.Tests.Sampling;

public sealed class TokenSamplerTests
{
    private static readonly float[] Logits = [2.0f, 1.0f, 0.1f, -1.0f];

    private readonly TokenSampler _sampler = new();

    /// <summary>Expected values: rl_vectors.py section 1, which computes them in plain Python.</summary>
    [Theory]
    [InlineData(1.0, 0, -0.449313, -1.449313, -2.349313, -3.449313)]
    [InlineData(0.7, 0, -0.277379, -1.705951, -2.991665, -4.563094)]
    [InlineData(1.0, 2, -0.313262, -1.313262)]
    public void Log_probabilities_are_those_of_the_distribution_that_sampled(double temperature, int topK, params double[] expected)
    {
        var parameters = new SamplingParameters { Temperature = temperature, TopK = topK };

        var drawn = Draw(parameters, 2000);

        Assert.Equal(expected.Length, drawn.Select(t => t.Id).Distinct().Count());
        Assert.All(drawn, token => Assert.Equal(expected[token.Id], token.LogProbability, 5e-6));
    }

    /// <summary>
    /// softmax is .638 .235 .095 .032: the nucleus of 0.8 is the first two, of 0.6 the first alone, and top-p applies to what
    /// top-k left: .638/.968 = .66 reaches 0.65 there.
    /// </summary>
    [Theory]
    [InlineData(0.8, 0, -0.313262, -1.313262)]
    [InlineData(0.6, 0, 0.0)]
    [InlineData(0.65, 0, -0.313262, -1.313262)]
    [InlineData(0.65, 3, 0.0)]
    [InlineData(1e-9, 0, 0.0)]
    [InlineData(0.999999, 2, -0.313262, -1.313262)]
    public void The_nucleus_is_the_smallest_set_that_reaches_top_p(double topP, int topK, params double[] expected)
    {
        var drawn = Draw(new SamplingParameters { TopP = topP, TopK = topK }, 2000);

        Assert.Equal(Enumerable.Range(0, expected.Length), drawn.Select(t => t.Id).Distinct().Order());
        Assert.All(drawn, token => Assert.Equal(expected[token.Id], token.LogProbability, 5e-6));
    }

    /// <summary>Frequencies are within five standard errors of the probabilities.</summary>
    [Theory]
    [InlineData(1.0, 1.0, 0)]
    [InlineData(0.5, 1.0, 0)]
    [InlineData(2.0, 0.9, 0)]
    [InlineData(1.0, 1.0, 3)]
    public void Frequencies_are_the_probabilities(double temperature, double topP, int topK)
    {
        const int Draws = 100_000;
        var drawn = Draw(new SamplingParameters { Temperature = temperature, TopP = topP, TopK = topK }, Draws);

        foreach (var group in drawn.GroupBy(t => t.Id))
        {
            var p = Math.Exp(group.First().LogProbability);
            Assert.InRange(group.Count() / (double)Draws, p - 5 * Math.Sqrt(p * (1 - p) / Draws), p + 5 * Math.Sqrt(p * (1 - p) / Draws));
        }
        Assert.Equal(1, drawn.Select(t => (t.Id, P: Math.Exp(t.LogProbability))).Distinct().Sum(t => t.P), 1e-5);
    }

    /// <summary>Truncation that keeps everything, or one token, has the closed forms of its neighbours, also in a large vocabulary.</summary>
    [Fact]
    public void A_large_vocabulary_agrees_with_the_plain_formula()
    {
        var random = new SeededRandom(5);
        float[] logits = [.. Enumerable.Range(0, 2051).Select(_ => (float)(8 * random.NextDouble() - 4))];
        foreach (var parameters in new SamplingParameters[]
        {
            new(), new() { Temperature = 0.3 }, new() { TopK = 40 }, new() { TopK = 1 }, new() { TopP = 0.5 }, new() { TopP = 0.9, TopK = 500, Temperature = 1.7 },
        })
        {
            var expected = Distribution(logits, parameters);
            var stream = new SeededRandom(9);
            for (var i = 0; i < 300; i++)
            {
                var token = _sampler.Sample(logits, new(parameters, stream));
                Assert.True(expected.ContainsKey(token.Id), $"token {token.Id} is outside {parameters}");
                Assert.Equal(expected[token.Id], token.LogProbability, 1e-4);
            }
        }
    }

    [Fact]
    public void Greedy_takes_the_most_likely_and_reports_temperature_one()
    {
        var token = Assert.Single(Draw(new SamplingParameters { Temperature = 0, TopK = 2 }, 1));
        Assert.Equal(0, token.Id);
        Assert.Equal(-0.449313, token.LogProbability, 5e-6);
    }

    [Fact]
    public void Ties_keep_exactly_k_and_the_lower_ids()
    {
        var stream = new SeededRandom(1);
        float[] logits = [1, 3, 3, 3, 1];
        var parameters = new SamplingParameters { TopK = 2 };

        Assert.Equal([1, 2], Enumerable.Range(0, 100).Select(_ => _sampler.Sample(logits, new(parameters, stream)).Id).Distinct().Order());
        Assert.Equal(1, _sampler.Sample(logits, new(new() { Temperature = 0 }, stream)).Id);
    }

    [Fact]
    public void Impossible_tokens_are_never_drawn()
    {
        float[] logits = [.. Enumerable.Repeat(float.NegativeInfinity, 40)];
        logits[33] = 1000;
        foreach (var parameters in new SamplingParameters[] { new(), new() { TopP = 0.9 }, new() { TopK = 3 }, new() { Temperature = 0 } })
        {
            var token = _sampler.Sample(logits, new(parameters, new SeededRandom(1)));
            Assert.Equal(33, token.Id);
            Assert.Equal(0, token.LogProbability, 1e-6);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_not_finite_are_an_error(float broken)
    {
        var logits = new float[50];
        logits[20] = broken;
        Assert.Throws<InvalidDataException>(() => _sampler.Sample(logits, new(new(), new SeededRandom(1))));
    }

    /// <summary>First outputs of SplitMix64 for the seed 1234567, as published with Vigna's reference code on Rosetta Code.</summary>
    [Fact]
    public void The_random_stream_is_SplitMix64()
    {
        var random = new SeededRandom(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        Assert.Equal(expected, expected.Select(_ => random.NextUInt64()));
    }

    private List<SampledToken> Draw(SamplingParameters parameters, int count)
    {
        var random = new SeededRandom(42);
        return [.. Enumerable.Range(0, count).Select(_ => _sampler.Sample(Logits, new(parameters, random)))];
    }

    /// <summary>Log-probabilities by sorting everything in double precision: temperature, then top-k, then top-p.</summary>
    private static Dictionary<int, double> Distribution(float[] logits, SamplingParameters parameters)
    {
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).ToList();
        if (parameters.TopK > 0) order = [.. order.Take(parameters.TopK)];
        var weights = order.ToDictionary(i => i, i => Math.Exp(logits[i] / parameters.Temperature));
        var (whole, mass, kept) = (weights.Values.Sum(), 0.0, new List<int>());
        foreach (var id in order)
        {
            if (kept.Count > 0 && mass >= parameters.TopP * whole) break;
            kept.Add(id);
            mass += weights[id];
        }
        return kept.ToDictionary(i => i, i => Math.Log(weights[i] / mass));
    }
}
