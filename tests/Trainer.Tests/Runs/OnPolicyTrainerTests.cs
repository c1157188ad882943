using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

public sealed class OnPolicyTrainerTests : IDisposable
{
    private const double Beta = 0.5;
    private readonly LetterTask _task = new();

    public void Dispose() => _task.Dispose();

    private static LearningOptions Options(PolicyAlgorithm algorithm, int iterations = 40) => new()
    {
        Algorithm = algorithm,
        Ppo = new()
        {
            Iterations = iterations,
            Answers = 96,
            Epochs = 2,
            Minibatches = 1,
            LearningRate = 4e-3,
            CriticLearningRate = 5e-3,
            KlControl = KlControl.Fixed,
            KlCoefficient = Beta,
            PlateauIterations = iterations,
        },
    };

    [Theory]
    [InlineData(PolicyAlgorithm.Ppo)]
    [InlineData(PolicyAlgorithm.Rloo)]
    [InlineData(PolicyAlgorithm.Grpo)]
    public void A_transformer_reaches_the_known_optimum(PolicyAlgorithm algorithm)
    {
        var before = _task.DistancesFromOptimum(Beta).Max();
        var outcome = _task.Train(Options(algorithm));
        var after = _task.DistancesFromOptimum(Beta).Max();

        var line = $"{algorithm}: {before:0.000} from the optimum before, {after:0.000} after; {outcome}";
        TestContext.Current.SendDiagnosticMessage(line);
        Assert.True(before > 0.3 && after < 0.03, line);
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Rloo)]
    [InlineData(PolicyAlgorithm.Grpo)]
    public void The_same_seed_gives_the_same_weights_and_curves_have_TRLs_names(PolicyAlgorithm algorithm)
    {
        using var again = new LetterTask();
        var log = new ProgressLog();
        _task.Train(Options(algorithm, iterations: 2), log: log);
        again.Train(Options(algorithm, iterations: 2));

        Assert.Equal(_task.PolicyWeights(), again.PolicyWeights());
        var points = log.Reports.SelectMany(r => r.Points).ToLookup(p => p.Name, p => p.Step);
        Assert.All(
            ["objective/kl", "objective/scores", "objective/entropy", "policy/approxkl_avg", "policy/clipfrac_avg", "loss/policy_avg", "val/ratio"],
            (string name) => Assert.Equal([1, 2], points[name]));
        Assert.Empty(points["loss/value_avg"]);
        Assert.Contains(log.Reports, r => r.Detail.StartsWith($"{algorithm.ToString().ToUpperInvariant()} iteration 2 of 2: score", StringComparison.Ordinal));
    }
}
