using System.Text.Json;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;

namespace ChatLoop.Model.Tests.Sampling;

/// <summary>
/// Distributions with cuts, penalties and bias are those of the published definitions: tests/reference/sampling_reference.py computes them
/// in plain numpy.
/// </summary>
public sealed class SamplingReferenceTests
{
    private const double Bound = 2e-5;
    /// <summary>Below this a float's exponential is 0: the token cannot be drawn.</summary>
    private const double Never = -102;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static readonly IReadOnlyList<Vector> Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Sampling", "sampling_vectors.json")), Json)!;

    private readonly TokenSampler _sampler = new();

    private sealed record Vector(string Name, float[] Logits, int[] Prompt, int[] Answer, double?[] LogProbabilities)
    {
        public double Temperature { get; init; } = 1;
        public double TopP { get; init; } = 1;
        public int TopK { get; init; }
        public double MinP { get; init; }
        public double RepetitionPenalty { get; init; } = 1;
        public double PresencePenalty { get; init; }
        public double FrequencyPenalty { get; init; }
        public Dictionary<int, double> LogitBias { get; init; } = [];

        public SamplingParameters Parameters => new()
        {
            Temperature = Temperature,
            TopP = TopP,
            TopK = TopK,
            MinP = MinP,
            RepetitionPenalty = RepetitionPenalty,
            PresencePenalty = PresencePenalty,
            FrequencyPenalty = FrequencyPenalty,
            LogitBias = LogitBias,
        };

        public TokenHistory? History
        {
            get
            {
                var history = TokenHistory.For(Parameters, Prompt);
                foreach (var token in Answer) history?.Append(token);
                return history;
            }
        }

        public IEnumerable<int> Possible => Enumerable.Range(0, Logits.Length).Where(t => LogProbabilities[t] > Never);
    }

    public static TheoryData<string> Names => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Every_token_has_the_references_log_probability(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        for (var token = 0; token < vector.Logits.Length; token++)
        {
            var actual = _sampler.LogProbability(vector.Logits, vector.Parameters, token, vector.History);
            if (vector.LogProbabilities[token] is not { } expected) Assert.Equal(float.NegativeInfinity, actual);
            else if (expected > Never) Assert.Equal(expected, actual, Bound);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Drawn_tokens_are_of_that_distribution_and_report_it(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var random = new SeededRandom(3);
        for (var i = 0; i < 500; i++)
        {
            var drawn = _sampler.Sample(vector.Logits, new(vector.Parameters, random, vector.History));
            Assert.Equal(Assert.NotNull(vector.LogProbabilities[drawn.Id]), drawn.LogProbability, Bound);
            if (vector.Temperature == 0) Assert.Equal(vector.LogProbabilities.Max(), vector.LogProbabilities[drawn.Id]);
        }
    }

    /// <summary>As many as were asked for, or as can be drawn where that is fewer.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Alternatives_are_the_likeliest_tokens_of_the_same_distribution(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var expected = vector.Possible.OrderByDescending(t => vector.LogProbabilities[t]).ThenBy(t => t).ToList();
        foreach (var count in new[] { 1, 2, 5, 20 })
        {
            var drawn = _sampler.Sample(vector.Logits, new(vector.Parameters, new(1), vector.History, count));
            Assert.NotNull(drawn.Alternatives);
            Assert.Equal(expected.Take(count), drawn.Alternatives.Select(a => a.Id));
            Assert.All(drawn.Alternatives, a => Assert.Equal(vector.LogProbabilities[a.Id]!.Value, a.LogProbability, Bound));
        }
    }

    [Fact]
    public void Asking_for_alternatives_changes_nothing_of_what_is_drawn()
    {
        foreach (var vector in Vectors)
        {
            var with = Draw(vector, alternatives: 20);
            Assert.Equal(Draw(vector, alternatives: 0), with.Select(t => t with { Alternatives = null }));
        }

        SampledToken[] Draw(Vector vector, int alternatives)
        {
            var random = new SeededRandom(11);
            return [.. Enumerable.Range(0, 50).Select(_ => _sampler.Sample(vector.Logits, new(vector.Parameters, random, vector.History, alternatives)))];
        }
    }

    /// <summary>Without them the log-probabilities would be those of another distribution, and nobody would notice.</summary>
    [Fact]
    public void Penalties_without_the_tokens_before_are_refused()
    {
        var parameters = new SamplingParameters { RepetitionPenalty = 1.1 };
        Assert.Throws<ArgumentException>(() => _sampler.Sample([1f, 2f], new(parameters, new(1))));
        Assert.Throws<ArgumentException>(() => _sampler.LogProbability([1f, 2f], parameters, 0));
    }
}
