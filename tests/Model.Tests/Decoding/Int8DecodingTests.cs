using System.Runtime.CompilerServices;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Decoding;
using ChatLoop.Model.Kernels;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Decoding;

/// <summary>How far the policy of rounded weights is from the stored one, on the model that ships.</summary>
public sealed class Int8DecodingTests(ITestOutputHelper output)
{
    /// <summary>Nats per token, a tenth of what PPO allows a policy to move in a step of its own.</summary>
    private const double Bound = 0.01;

    public static TheoryData<string, string> Chats => new()
    {
        { "What is the capital of Italy?", "The capital of Italy is Rome." },
        { "What is 17 plus 25?", "17 plus 25 is 42." },
        { "Tell me a short story.", "Once upon a time, a small fox lived near a river. Every day it walked to the water and looked at the fish." },
        { "How many metres are in 3 kilometres?", "There are 3000 metres in 3 kilometres." },
        { "Hello! How are you today?", "I am well, thank you. How can I help you?" },
    };

    [Theory, MemberData(nameof(Chats))]
    public void The_starters_distributions_stay_within_a_hundredth_of_a_nat(string question, string answer)
    {
        using var starter = new CheckpointStore(Models()).Load("starter");
        var tokens = starter.Template.Dialogue(new ChatPrompt([new(ChatRole.User, question), new(ChatRole.Assistant, answer)])).Tokens;
        using var scope = NewDisposeScope();
        var expected = LogProbabilities(starter, tokens, DecodingPrecision.AsStored);
        var rounded = LogProbabilities(starter, tokens, DecodingPrecision.Int8);

        var divergences = (expected.exp() * (expected - rounded)).sum(dim: 1);
        var (mean, most) = (divergences.mean().item<double>(), divergences.max().item<double>());
        output.WriteLine($"KL per token: mean {mean:G3}, most {most:G3} nats over {tokens.Count} tokens");
        Assert.InRange(mean, 1e-9, Bound);
        Assert.InRange(most, 0, Bound);
    }

    /// <summary>[T, V] in Float64, softmax by libtorch.</summary>
    private static Tensor LogProbabilities(LoadedCheckpoint checkpoint, IReadOnlyList<int> tokens, DecodingPrecision precision)
    {
        var transformer = checkpoint.Transformer;
        using var team = new ThreadTeam(1);
        using var decoder = new CpuDecoder(transformer.Weights, team, tokens: 1, logits: 1, precision);
        using var cache = new PagedKeyValueCache(transformer.Config, slots: 1, tokens.Count);
        cache.Add();
        List<Tensor> logits = [];
        foreach (var token in tokens)
        {
            decoder.Step([new(0, token)], cache);
            logits.Add(tensor(decoder.Logits(0).ToArray(), ScalarType.Float64));
        }
        return stack(logits).log_softmax(1L);
    }

    private static string Models([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "models");
}
