using ChatLoop.Trainer.Ppo;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests;

/// <summary>
/// One state with three answers of reference [0.5, 0.3, 0.2] and scores [1, 0, 2]. E[score] - beta KL(policy || reference) is largest
/// at reference * exp(score / beta) / Z. Numbers for beta 0.5: peers-rlhf 4.16 and rl_vectors. The policy is a vector of logits.
/// </summary>
internal sealed class ExactOptimum : IDisposable
{
    public const double Beta = 0.5, Value = 1.351155;
    public static readonly double[] Reference = [0.5, 0.3, 0.2], Scores = [1, 0, 2], Optimum = [0.247720, 0.020115, 0.732165];

    private readonly Generator _generator;

    public ExactOptimum(ulong seed)
    {
        _generator = new Generator(seed, CPU);
        LogReference = tensor(Reference.Select(p => Math.Log(p)).ToArray());
        Logits = new Parameter(LogReference.clone());
    }

    public Parameter Logits { get; }
    public Tensor LogReference { get; }

    /// <summary>Answers of the policy as it is, [count] int64.</summary>
    public Tensor Sample(int count) => Logits.detach().softmax(0).multinomial(count, replacement: true, generator: _generator);

    /// <summary>Differentiable, [N].</summary>
    public Tensor LogPolicy(Tensor answers) => Logits.log_softmax(0).index_select(0, answers);

    /// <summary>Score less the KL penalty of each answer, as a one-token answer has it.</summary>
    public double[] Rewards(Tensor answers)
    {
        var logs = Near.Doubles(LogPolicy(answers));
        return [.. answers.data<long>().ToArray().Select((a, i) =>
            RewardShaping.PerToken([(float)logs[i]], [(float)Math.Log(Reference[a])], Scores[a], Beta)[0])];
    }

    /// <summary>The policy is within the distance of the optimum, by total variation, and so is what it is worth.</summary>
    public void AssertReached(double distance = 0.01)
    {
        var policy = Near.Doubles(Logits.softmax(0));
        var variation = policy.Zip(Optimum, (a, b) => Math.Abs(a - b)).Sum() / 2;
        var value = policy.Select((p, i) => p * (Scores[i] - Beta * Math.Log(p / Reference[i]))).Sum();
        var reached = $"reached [{string.Join(", ", policy.Select(p => p.ToString("0.0000")))}], {variation:0.00000} from the optimum, worth {value:0.000000}";
        TestContext.Current.SendDiagnosticMessage(reached);
        Assert.True(variation <= distance, reached);
        Assert.True(Math.Abs(value - Value) <= distance / 10, reached);
    }

    public void Dispose()
    {
        Logits.Dispose();
        LogReference.Dispose();
        _generator.Dispose();
    }
}
