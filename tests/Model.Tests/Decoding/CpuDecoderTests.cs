using ChatLoop.Model.Decoding;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Tensors;
using ChatLoop.Model.Tests.Families;
using ChatLoop.Model.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Decoding;

/// <summary>The decoder's logits are those of the pass that trains, for every family and type of weights.</summary>
public sealed class CpuDecoderTests : IDisposable
{
    /// <summary>What PPO allows between the sampler's log-probabilities and the trainer's.</summary>
    private const double Bound = 1e-3;
    private const int Tokens = 48;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ThreadTeam _team = new(2);

    public static TheoryData<string, ScalarType?> Models
    {
        get
        {
            var data = new TheoryData<string, ScalarType?>();
            foreach (var name in FamilyModel.Names.Select(n => n.Data))
            {
                data.Add(name, null);
                data.Add(name, ScalarType.Float32);
                data.Add(name, ScalarType.BFloat16);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void One_sequence_has_the_transformers_logits(string name, ScalarType? type)
    {
        using var transformer = FamilyModel.Load(name, type);
        using var decoder = new CpuDecoder(transformer.Weights, _team, tokens: 1, logits: 1);
        using var cache = new PagedKeyValueCache(transformer.Config, slots: 1, capacity: Tokens);
        var sequence = Sequence(transformer.Config, 0, Tokens);
        var expected = Expected(transformer, sequence);

        cache.Add();
        for (var position = 0; position < sequence.Length; position++)
        {
            decoder.Step([new(0, sequence[position])], cache);
            AssertLogits(expected, position, decoder.Logits(0));
        }
    }

    /// <summary>
    /// Five sequences of different lengths in one batch, their prompts run in pieces beside the others' tokens; one leaves half-way and
    /// another takes its slot.
    /// </summary>
    [Theory, MemberData(nameof(Models))]
    public void Sequences_in_a_batch_have_the_transformers_logits(string name, ScalarType? type)
    {
        using var transformer = FamilyModel.Load(name, type);
        using var decoder = new CpuDecoder(transformer.Weights, _team, tokens: 30, logits: 5);
        using var cache = new PagedKeyValueCache(transformer.Config, slots: 5, capacity: Tokens + 1);
        int[] prompts = [1, 33, 5, 2, 17, 30];
        int[][] sequences = [.. prompts.Select((_, i) => Sequence(transformer.Config, i, Tokens))];
        Tensor[] expected = [.. sequences.Select(s => Expected(transformer, s))];
        Dictionary<int, int> slots = Enumerable.Range(0, 5).ToDictionary(i => i, _ => cache.Add());

        for (var step = 0; step < 25; step++)
        {
            if (step == 12)
            {
                cache.Remove(slots[1]);
                slots.Remove(1);
                slots[5] = cache.Add();
            }
            List<StepToken> tokens = [];
            foreach (var (i, slot) in slots)
            {
                var length = cache.Length(slot);
                var piece = length < prompts[i] ? Math.Min(prompts[i] - length, 6) : Math.Min(1, Tokens - length);
                for (var t = 0; t < piece; t++) tokens.Add(new(slot, sequences[i][length + t], GivesLogits: t + 1 == piece));
            }
            decoder.Step([.. tokens], cache);
            foreach (var (index, token) in tokens.Where(t => t.GivesLogits).Index())
                AssertLogits(expected[slots.Single(s => s.Value == token.Slot).Key], cache.Length(token.Slot) - 1, decoder.Logits(index));
        }
        Assert.All(slots, s => Assert.True(cache.Length(s.Value) > prompts[s.Key]));
    }

    /// <summary>The same bits: a seed draws the same tokens on any machine with the same register width, in any batch.</summary>
    [Theory]
    [InlineData("llama-sharded", DecodingPrecision.AsStored)]
    [InlineData("gpt2", DecodingPrecision.AsStored)]
    [InlineData("qwen2-window", DecodingPrecision.AsStored)]
    [InlineData("qwen2-window", DecodingPrecision.Int8)]
    [InlineData("gpt2", DecodingPrecision.Int8)]
    public void Results_depend_neither_on_threads_nor_on_the_batch(string name, DecodingPrecision precision)
    {
        using var transformer = FamilyModel.Load(name);
        var alone = Run(threads: 1, batch: 1);
        Assert.Equal(alone, Run(threads: 2, batch: 1));
        Assert.Equal(alone, Run(threads: 3, batch: 7));

        float[] Run(int threads, int batch)
        {
            using var team = new ThreadTeam(threads);
            using var decoder = new CpuDecoder(transformer.Weights, team, batch, batch, precision);
            using var cache = new PagedKeyValueCache(transformer.Config, batch, Tokens);
            for (var slot = 0; slot < batch; slot++) cache.Add();
            List<float> logits = [];
            for (var position = 0; position < 20; position++)
            {
                decoder.Step([.. Enumerable.Range(0, batch).Select(s => new StepToken(s, Sequence(transformer.Config, s, Tokens)[position]))], cache);
                logits.AddRange(decoder.Logits(0));
            }
            return [.. logits];
        }
    }

    /// <summary>An optimizer's step changes weights where they are; the decoder computes with the new ones.</summary>
    [Fact]
    public void Changes_of_the_weights_in_place_are_seen()
    {
        using var transformer = FamilyModel.Load("llama2", ScalarType.Float32);
        using var decoder = new CpuDecoder(transformer.Weights, _team, tokens: 1, logits: 1);
        using var cache = new PagedKeyValueCache(transformer.Config, slots: 1, capacity: Tokens);
        transformer.RequireGradients(true);
        var sequence = Sequence(transformer.Config, 0, 3);
        transformer.Hidden(FamilyModel.Row([.. sequence.Select(t => (long)t)])).sum().backward();
        using (no_grad())
        {
            foreach (var parameter in transformer.TrainableParameters.Where(p => p.grad is not null)) parameter.Add(parameter.grad!.sign(), -0.05);
        }
        var expected = Expected(transformer, sequence);
        cache.Add();
        for (var position = 0; position < 3; position++) decoder.Step([new(0, sequence[position])], cache);
        AssertLogits(expected, 2, decoder.Logits(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_allocates_nothing(int threads)
    {
        using var transformer = FamilyModel.Load("qwen3");
        using var team = new ThreadTeam(threads);
        using var decoder = new CpuDecoder(transformer.Weights, team, tokens: 3, logits: 3);
        using var cache = new PagedKeyValueCache(transformer.Config, slots: 3, capacity: 60);
        for (var slot = 0; slot < 3; slot++) cache.Add();
        StepToken[] tokens = [new(0, 5), new(1, 6), new(2, 7)];
        for (var step = 0; step < 10; step++) decoder.Step(tokens, cache);

        AllocatedBytes before = new(threads), after = new(threads);
        team.Run(before, threads);
        for (var step = 0; step < 40; step++) decoder.Step(tokens, cache);
        team.Run(after, threads);

        Assert.Equal(before.OfWorkers, after.OfWorkers);
    }

    /// <summary>However a prompt is cut, and whoever's tokens run beside it, what is remembered of it is the same.</summary>
    [Theory]
    [InlineData("llama-sharded")]
    [InlineData("gpt2")]
    [InlineData("qwen2-window")]
    public void Results_do_not_depend_on_how_a_prompt_is_cut(string name)
    {
        using var transformer = FamilyModel.Load(name);
        var sequence = Sequence(transformer.Config, 0, 40);
        var whole = LastLogits([40]);
        Assert.Equal(whole, LastLogits([1, 16, 7, 16]));
        Assert.Equal(whole, LastLogits([.. Enumerable.Repeat(1, 40)]));

        float[] LastLogits(int[] pieces)
        {
            using var decoder = new CpuDecoder(transformer.Weights, _team, tokens: 41, logits: 2);
            using var cache = new PagedKeyValueCache(transformer.Config, slots: 2, capacity: 40);
            var (other, slot) = (cache.Add(), cache.Add());
            foreach (var (i, piece) in pieces.Index())
            {
                var tokens = Enumerable.Range(cache.Length(slot), piece).Select(p => new StepToken(slot, sequence[p], p == 39)).ToList();
                if (i % 2 == 1) tokens.Insert(0, new(other, 3));
                decoder.Step([.. tokens], cache);
            }
            return [.. decoder.Logits(pieces.Length % 2 == 0 ? 1 : 0)];
        }
    }

    [Fact]
    public void What_a_step_cannot_run_is_refused_and_changes_nothing()
    {
        using var transformer = FamilyModel.Load("llama2");
        using var decoder = new CpuDecoder(transformer.Weights, _team, tokens: 2, logits: 1);
        using var cache = new PagedKeyValueCache(transformer.Config, slots: 2, capacity: 2);
        Refused("no sequence", new StepToken(0, 1));
        var slot = cache.Add();
        Refused("3 tokens", new(slot, 1), new(slot, 1), new(slot, 1));
        Refused("give logits", new(slot, 1), new(slot, 1));
        Refused("Token 100000", new StepToken(slot, 100_000));
        Assert.Equal(0, cache.Length(slot));
        decoder.Step([new(slot, 1, GivesLogits: false), new(slot, 2)], cache);
        Refused("no room", new StepToken(slot, 3));
        Assert.Equal(2, cache.Length(slot));

        void Refused(string why, params StepToken[] tokens) =>
            Assert.Contains(why, Assert.Throws<ArgumentException>(() => decoder.Step(tokens, cache)).Message, StringComparison.Ordinal);
    }

    /// <summary>What each thread of a team has allocated so far: no thread leaves before all have come.</summary>
    private sealed class AllocatedBytes(int threads) : ITeamJob
    {
        private int _missing = threads;

        public long[] OfWorkers { get; } = new long[threads];

        public void Execute(int part, int worker)
        {
            OfWorkers[worker] = GC.GetAllocatedBytesForCurrentThread();
            Interlocked.Decrement(ref _missing);
            while (Volatile.Read(ref _missing) > 0) Thread.Yield();
        }
    }

    private static int[] Sequence(TransformerConfig config, int seed, int length) =>
        [.. Enumerable.Range(0, length).Select(i => (i * i * 7 + i * 13 + seed * 31 + 3) % config.VocabularySize)];

    /// <summary>[T, V].</summary>
    private static Tensor Expected(Transformer transformer, int[] sequence)
    {
        using var noGrad = no_grad();
        return transformer.Logits(transformer.Hidden(FamilyModel.Row([.. sequence.Select(t => (long)t)])))[0];
    }

    private static void AssertLogits(Tensor expected, int position, ReadOnlySpan<float> actual) =>
        Assert.InRange((expected[position] - tensor(actual.ToArray())).abs().max().item<float>(), 0, Bound);

    public void Dispose()
    {
        _team.Dispose();
        _scope.Dispose();
    }
}
