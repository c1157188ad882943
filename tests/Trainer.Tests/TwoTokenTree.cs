using ChatLoop.Trainer.Ppo;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests;

/// <summary>
/// Two tokens, A or B each, with scores AA 1, AB 0, BA 2, BB -1: the score comes after the last token and KL at both, so wrong credit
/// between tokens ends at another policy. Numbers: peers-rlhf 4.16, beta 0.5. Nodes are the root, after A and after B.
/// </summary>
internal sealed class TwoTokenTree : IDisposable
{
    private const double Beta = 0.5;
    private static readonly double[] Reference = [0.6, 0.7, 0.2], Optimum = [0.426717, 0.945179, 0.990182];
    private static readonly double[,] Scores = { { 1, 0 }, { 2, -1 } };

    private readonly Random _random;
    private readonly double[] _logReference;

    public TwoTokenTree(int seed)
    {
        _random = new Random(seed);
        _logReference = [.. Reference.SelectMany(p => new[] { Math.Log(p), Math.Log(1 - p) })];
        Logits = new Parameter(tensor(_logReference).view(3, 2).clone());
    }

    /// <summary>[3, 2]: of A and B at each node.</summary>
    public Parameter Logits { get; }

    /// <summary>Node and choice of each token, [2 * answers] int64, and the two rewards of each answer.</summary>
    public (Tensor States, Tensor Actions, double[][] Rewards) Sample(int answers)
    {
        var logPolicy = Near.Doubles(Logits.log_softmax(-1));
        var (states, actions, rewards) = (new long[2 * answers], new long[2 * answers], new double[answers][]);
        for (var i = 0; i < answers; i++)
        {
            var first = Draw(0);
            var second = Draw(1 + first);
            (states[2 * i], actions[2 * i], states[2 * i + 1], actions[2 * i + 1]) = (0, first, 1 + first, second);
            var (firstEntry, secondEntry) = (first, 2 * (1 + first) + second);
            rewards[i] = RewardShaping.PerToken(
                [(float)logPolicy[firstEntry], (float)logPolicy[secondEntry]],
                [(float)_logReference[firstEntry], (float)_logReference[secondEntry]], Scores[first, second], Beta);
        }
        return (tensor(states), tensor(actions), rewards);

        int Draw(int node) => Math.Log(_random.NextDouble()) < logPolicy[2 * node] ? 0 : 1;
    }

    /// <summary>Differentiable, [N].</summary>
    public Tensor LogPolicy(Tensor states, Tensor actions) =>
        Logits.log_softmax(-1).index_select(0, states).gather(1, actions.unsqueeze(1)).squeeze(1);

    public void AssertReached(double distance)
    {
        var reached = Near.Doubles(Logits.softmax(-1).select(1, 0));
        TestContext.Current.SendDiagnosticMessage($"P(A) at each node: [{string.Join(", ", reached.Select(p => p.ToString("0.0000")))}]");
        for (var node = 0; node < Optimum.Length; node++) Assert.Equal(Optimum[node], reached[node], distance);
    }

    public void Dispose() => Logits.Dispose();
}
