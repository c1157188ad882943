using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Families;

/// <summary>Every family computes what the independent reference computes, however the tokens reach it.</summary>
public sealed class ReferenceTests : IDisposable
{
    /// <summary>Issue 3's bound on a logit, in float32; the logits are up to about 10.</summary>
    private const double Bound = 1e-4;

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Names => FamilyModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void Logits_of_whole_prompts(string name)
    {
        using var transformer = FamilyModel.Load(name);
        foreach (var vector in FamilyModel.Vectors(name))
        {
            var logits = transformer.Logits(transformer.Hidden(FamilyModel.Row(vector.Prompt)))[0];
            Assert.InRange(FamilyModel.Error(vector, logits), 0, Bound);
        }
    }

    /// <summary>Sequences of different lengths in one batch, padded on the right, as training runs them.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Logits_of_a_padded_batch(string name)
    {
        using var transformer = FamilyModel.Load(name);
        var vectors = FamilyModel.Vectors(name);
        var longest = vectors.Max(v => v.Prompt.Length);
        var padded = vectors.SelectMany(v => v.Prompt.Concat(Enumerable.Repeat(7L, longest - v.Prompt.Length))).ToArray();

        var logits = transformer.Logits(transformer.Hidden(tensor(padded).view(vectors.Count, longest)));

        for (var row = 0; row < vectors.Count; row++)
            Assert.InRange(FamilyModel.Error(vectors[row], logits[row].narrow(0, 0, vectors[row].Prompt.Length)), 0, Bound);
    }

    /// <summary>Prompts in two pieces, then one token a step in a batch whose sequences differ in length, as serving runs them.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Logits_through_the_cache(string name)
    {
        using var transformer = FamilyModel.Load(name);
        var vectors = FamilyModel.Vectors(name);
        const int Decoded = 2;
        using var cache = new KeyValueCache(transformer.Config, slots: vectors.Count, capacity: 40);
        foreach (var vector in vectors)
        {
            var (slot, prefill) = (cache.Add(), vector.Prompt.Length - Decoded);
            var first = (prefill + 1) / 2;
            Compare(vector, 0, transformer.Hidden(FamilyModel.Row(vector.Prompt.AsSpan(0, first)), cache, slot)[0]);
            if (prefill > first) Compare(vector, first, transformer.Hidden(FamilyModel.Row(vector.Prompt.AsSpan(first, prefill - first)), cache, slot)[0]);
        }
        for (var step = Decoded; step > 0; step--)
        {
            var next = vectors.Select(v => v.Prompt[^step]).ToArray();
            var hidden = transformer.Hidden(tensor(next).view(vectors.Count, 1), cache);
            for (var row = 0; row < vectors.Count; row++) Compare(vectors[row], vectors[row].Prompt.Length - step, hidden[row]);
        }

        void Compare(ReferenceVector vector, int from, Tensor hidden) =>
            Assert.InRange(FamilyModel.Error(vector, transformer.Logits(hidden), from), 0, Bound);
    }

    [Theory, MemberData(nameof(Names))]
    public void Greedy_continuations(string name)
    {
        using var transformer = FamilyModel.Load(name);
        var vectors = FamilyModel.Vectors(name);
        using var generator = new BatchGenerator(transformer, 1, slots: 4, transformer.Config.MaxPositions, endOfTurn: -1, prefillTokens: 8);
        var greedy = new SamplingParameters { Temperature = 0, MaxTokens = 64 };
        var generated = vectors.ToDictionary(v => generator.Admit([.. v.Prompt.Select(t => (int)t)], greedy, seed: 1), _ => new List<int>());

        while (generator.Active > 0)
        {
            foreach (var token in generator.Step()) generated[token.Sequence].Add(token.Token.Id);
        }

        Assert.Equal(vectors.Select(v => v.Continuation), generated.OrderBy(g => g.Key).Select(g => g.Value.ToArray()));
    }

    /// <summary>Widened once on loading or block by block in each product: the same numbers.</summary>
    [Theory]
    [InlineData("llama-sharded", ScalarType.BFloat16)]
    [InlineData("mistral-f16", ScalarType.Float16)]
    [InlineData("gpt2-f16", ScalarType.Float16)]
    public void Stored_types_stay_unless_widened(string name, ScalarType stored)
    {
        using var narrow = FamilyModel.Load(name);
        using var wide = FamilyModel.Load(name, ScalarType.Float32);
        var prompt = FamilyModel.Row(FamilyModel.Vectors(name)[2].Prompt);

        Assert.All(narrow.Weights.ByName, w => Assert.Equal(w.Value.dim() > 1 ? stored : ScalarType.Float32, w.Value.dtype));
        Assert.All(wide.Weights.ByName, w => Assert.Equal(ScalarType.Float32, w.Value.dtype));
        var difference = (narrow.Hidden(prompt) - wide.Hidden(prompt)).abs().max().item<float>();
        Assert.InRange(difference, 0, 1e-5);
        Assert.Contains(stored.ToString(),
            Assert.Throws<InvalidOperationException>(() => narrow.Weights.RequireGradients(true)).Message, StringComparison.Ordinal);
    }

    /// <summary>More rows than one block, with a bias, in both layouts.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Blocks_of_narrow_weights_make_the_whole_product(bool transposed)
    {
        var weight = (transposed ? randn(700, 3000) : randn(3000, 700)).to(ScalarType.BFloat16);
        var (bias, x) = (randn(3000), randn(2, 3, 700));
        var wide = weight.to(ScalarType.Float64);
        var expected = x.to(ScalarType.Float64).matmul(transposed ? wide : wide.t()) + bias;
        using var projection = new Projection(new StackedWeights([weight]), new StackedWeights([bias]), transposed);

        var error = (projection.Apply(x) - expected).abs().max().item<double>();

        Assert.InRange(error, 0, 1e-3);
    }

    /// <summary>The committed vectors are the script's, where Debian's python3-torch is installed.</summary>
    [Fact]
    public async Task The_script_reproduces_the_vectors() =>
        Assert.Contains(" 0 vectors differ", await ReferencePython.Run("check", FamilyModel.Models), StringComparison.Ordinal);

    public void Dispose() => _scope.Dispose();
}
