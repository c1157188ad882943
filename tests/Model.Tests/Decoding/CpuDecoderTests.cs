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
        using var decoder = new CpuDecoder(transformer.Weights, _team, sequences: 1);
        using var cache = new DecodingCache(transformer.Config, slots: 1, capacity: Tokens);
        var sequence = Sequence(transformer.Config, 0, Tokens);
        var expected = Expected(transformer, sequence);

        cache.Add();
        for (var position = 0; position < sequence.Length; position++)
        {
            decoder.Step([sequence[position]], cache);
            AssertLogits(expected, position, decoder.Logits(0));
        }
    }

    /// <summary>Five sequences of different lengths, some begun by the transformer; one leaves half-way and the last takes its slot.</summary>
    [Theory, MemberData(nameof(Models))]
    public void Sequences_in_a_batch_have_the_transformers_logits(string name, ScalarType? type)
    {
        using var transformer = FamilyModel.Load(name, type);
        using var decoder = new CpuDecoder(transformer.Weights, _team, sequences: 5);
        using var cache = new DecodingCache(transformer.Config, slots: 5, capacity: Tokens + 1);
        int[] prefills = [0, 33, 5, 1, 17];
        int[][] sequences = [.. prefills.Select((_, i) => Sequence(transformer.Config, i, Tokens))];
        Tensor[] expected = [.. sequences.Select(s => Expected(transformer, s))];
        for (var i = 0; i < 5; i++) Prefill(transformer, cache, sequences[i].AsSpan(0, prefills[i]));

        List<int> slots = [0, 1, 2, 3, 4];
        for (var step = 0; step < 15; step++)
        {
            if (step == 8)
            {
                Assert.Equal(4, cache.Remove(1));
                slots = [0, 4, 2, 3];
            }
            decoder.Step([.. slots.Select(s => sequences[s][prefills[s] + step])], cache);
            for (var slot = 0; slot < slots.Count; slot++)
            {
                Assert.Equal(prefills[slots[slot]] + step + 1, cache.Length(slot));
                AssertLogits(expected[slots[slot]], prefills[slots[slot]] + step, decoder.Logits(slot));
            }
        }
    }

    /// <summary>The same bits: a seed draws the same tokens on any machine with the same register width, in any batch.</summary>
    [Theory]
    [InlineData("llama-sharded")]
    [InlineData("gpt2")]
    [InlineData("qwen2-window")]
    public void Results_depend_neither_on_threads_nor_on_the_batch(string name)
    {
        using var transformer = FamilyModel.Load(name);
        var alone = Run(threads: 1, batch: 1);
        Assert.Equal(alone, Run(threads: 2, batch: 1));
        Assert.Equal(alone, Run(threads: 3, batch: 7));

        float[] Run(int threads, int batch)
        {
            using var team = new ThreadTeam(threads);
            using var decoder = new CpuDecoder(transformer.Weights, team, batch);
            using var cache = new DecodingCache(transformer.Config, batch, Tokens);
            for (var slot = 0; slot < batch; slot++) cache.Add();
            List<float> logits = [];
            for (var position = 0; position < 20; position++)
            {
                decoder.Step([.. Enumerable.Range(0, batch).Select(s => Sequence(transformer.Config, s, Tokens)[position])], cache);
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
        using var decoder = new CpuDecoder(transformer.Weights, _team, sequences: 1);
        using var cache = new DecodingCache(transformer.Config, slots: 1, capacity: Tokens);
        transformer.RequireGradients(true);
        var sequence = Sequence(transformer.Config, 0, 3);
        transformer.Hidden(FamilyModel.Row([.. sequence.Select(t => (long)t)])).sum().backward();
        using (no_grad())
        {
            foreach (var parameter in transformer.TrainableParameters.Where(p => p.grad is not null)) parameter.Add(parameter.grad!.sign(), -0.05);
        }
        var expected = Expected(transformer, sequence);
        cache.Add();
        for (var position = 0; position < 3; position++) decoder.Step([sequence[position]], cache);
        AssertLogits(expected, 2, decoder.Logits(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_allocates_nothing(int threads)
    {
        using var transformer = FamilyModel.Load("qwen3");
        using var team = new ThreadTeam(threads);
        using var decoder = new CpuDecoder(transformer.Weights, team, sequences: 3);
        using var cache = new DecodingCache(transformer.Config, slots: 3, capacity: 60);
        for (var slot = 0; slot < 3; slot++) cache.Add();
        int[] tokens = [5, 6, 7];
        for (var step = 0; step < 10; step++) decoder.Step(tokens, cache);

        AllocatedBytes before = new(threads), after = new(threads);
        team.Run(before, threads);
        for (var step = 0; step < 40; step++) decoder.Step(tokens, cache);
        team.Run(after, threads);

        Assert.Equal(before.OfWorkers, after.OfWorkers);
    }

    [Fact]
    public void What_a_step_cannot_run_is_refused_and_changes_nothing()
    {
        using var transformer = FamilyModel.Load("llama2");
        using var decoder = new CpuDecoder(transformer.Weights, _team, sequences: 2);
        using var cache = new DecodingCache(transformer.Config, slots: 2, capacity: 2);
        Assert.Throws<ArgumentException>(() => decoder.Step([1], cache));
        cache.Add();
        Assert.Throws<ArgumentException>(() => decoder.Step([1, 2], cache));
        Assert.Contains("Token 100000", Assert.Throws<ArgumentException>(() => decoder.Step([100_000], cache)).Message, StringComparison.Ordinal);
        Assert.Equal(0, cache.Length(0));
        decoder.Step([1], cache);
        decoder.Step([2], cache);
        Assert.Contains("no room", Assert.Throws<ArgumentException>(() => decoder.Step([3], cache)).Message, StringComparison.Ordinal);
        Assert.Equal(2, cache.Length(0));
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

    private static void Prefill(Transformer transformer, DecodingCache cache, ReadOnlySpan<int> tokens)
    {
        using var source = new KeyValueCache(transformer.Config, slots: 2, capacity: Tokens);
        source.Add();
        var sourceSlot = source.Add();
        var row = new long[tokens.Length];
        for (var i = 0; i < row.Length; i++) row[i] = tokens[i];
        if (row.Length > 0) transformer.Hidden(FamilyModel.Row(row), source, sourceSlot).Dispose();
        cache.Take(source, sourceSlot, cache.Add());
    }

    private static void AssertLogits(Tensor expected, int position, ReadOnlySpan<float> actual) =>
        Assert.InRange((expected[position] - tensor(actual.ToArray())).abs().max().item<float>(), 0, Bound);

    public void Dispose()
    {
        _team.Dispose();
        _scope.Dispose();
    }
}
