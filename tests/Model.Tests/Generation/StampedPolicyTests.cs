using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>No token ever comes from a mixture of two versions' weights.</summary>
public sealed class StampedPolicyTests
{
    private const int Swaps = 300;

    [Fact]
    public void Each_set_writes_its_own_token()
    {
        for (var stamp = 0; stamp < StampedPolicy.Stamps; stamp++)
            Assert.All(Tokens(StampedPolicy.Weights(stamp)), token => Assert.Equal(StampedPolicy.TokenOf(stamp), token));
    }

    /// <summary>One weight of another set is enough, whichever it is.</summary>
    [Fact]
    public void Any_mixture_writes_the_sentinel()
    {
        string[] names = [.. TransformerWeights.Shapes(StampedPolicy.Config).Keys.Where(name => !StampedPolicy.CarriesNoStamp(name))];
        Assert.Equal(3 + 5 * StampedPolicy.Config.Layers, names.Length);
        foreach (var foreign in names)
            Assert.All(Tokens(Mixture(1, 2, foreign.Equals)), token => Assert.Equal((foreign, StampedPolicy.Mixed), (foreign, token)));
    }

    /// <summary>What a swap that went on during a step would give: the first layers of one version and the last ones of the other.</summary>
    [Fact]
    public void A_swap_between_two_layers_would_show()
    {
        for (var layer = 0; layer < StampedPolicy.Config.Layers; layer++)
        {
            bool IsLater(string name) => !name.StartsWith("model.layers.", StringComparison.Ordinal) || name["model.layers.".Length] - '0' >= layer;
            bool IsSwapped(string name) => name != TransformerWeights.EmbeddingName(StampedPolicy.Config.Family) && IsLater(name);
            Assert.All(Tokens(Mixture(3, 0, IsSwapped)), token => Assert.Equal(StampedPolicy.Mixed, token));
        }
    }

    [Fact]
    public async Task Under_swaps_every_token_is_of_the_version_that_it_records()
    {
        await using var fixture = new EngineFixture();
        for (var stamp = 0; stamp < StampedPolicy.Stamps; stamp++)
        {
            using var weights = StampedPolicy.Weights(stamp);
            fixture.Store.Save($"stamp {stamp}", TinyCheckpoint.Contents(weights));
        }
        // Version 1 has stamp 1, and so on. Prompts of about 40 tokens run in pieces, between which swaps come, too.
        var engine = await fixture.Start("stamp 1", new() { MaxConcurrent = 4, PrefillTokens = 8 });
        using var swapped = new CancellationTokenSource();

        var clients = Enumerable.Range(0, 6).Select(client => Task.Run(() => Chat(fixture, engine, client, swapped.Token))).ToList();
        for (var version = 2; version <= Swaps + 1; version++)
            await engine.Swap(version, $"stamp {version % StampedPolicy.Stamps}", fixture.HangGuard);
        await swapped.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(a => a).ToList();

        Assert.All(answers, a => Assert.Equal((50, FinishReason.Length), (a.Tokens.Count, a.Finish)));
        Assert.All(answers.SelectMany(a => a.Tokens), t => Assert.Equal((t.Version, StampedPolicy.TokenOf(t.Version)), (t.Version, t.Id)));
        Assert.Contains(answers, a => a.Tokens[0].Version != a.Tokens[^1].Version);
    }

    private static async Task<List<WholeAnswer>> Chat(EngineFixture fixture, PolicyEngine engine, int client, CancellationToken swapped)
    {
        List<WholeAnswer> answers = [];
        while (!swapped.IsCancellationRequested)
            answers.Add(await fixture.Answer(engine, EngineFixture.Request(new string('x', 30 + client), new() { Temperature = 0, MaxTokens = 50 })));
        return answers;
    }

    /// <summary>The weights of one stamp with some of another's in their place.</summary>
    private static TransformerWeights Mixture(int stamp, int other, Func<string, bool> isForeign)
    {
        using TransformerWeights own = StampedPolicy.Weights(stamp), foreign = StampedPolicy.Weights(other);
        Tensor Copy(string name, Tensor weight) => (isForeign(name) ? foreign.ByName[name] : weight).detach().clone();
        using var noGrad = no_grad();
        return TransformerWeights.FromTensors(StampedPolicy.Config, own.ByName.ToDictionary(w => w.Key, w => Copy(w.Key, w.Value)));
    }

    private static List<int> Tokens(TransformerWeights weights)
    {
        using var transformer = new Transformer(weights);
        using var generator = new BatchGenerator(transformer, version: 1, slots: 1, capacity: 40, [TinyPolicy.EndOfTurn]);
        generator.Admit([2, 100, 200, 3], new SamplingParameters { Temperature = 0, MaxTokens = 10 }, seed: 0);
        List<int> tokens = [];
        while (generator.Active > 0) tokens.AddRange(generator.Step().Select(t => t.Token.Id));
        Assert.Equal(10, tokens.Count);
        return tokens;
    }
}
