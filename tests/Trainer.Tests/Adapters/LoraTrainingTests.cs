using ChatLoop.Model.Tests;
using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Adapters;

/// <summary>The policy is the reference and an adapter: both read the same weights.</summary>
[Collection(LiveTensors.Name)]
public sealed class LoraTrainingTests : IDisposable
{
    private const double Beta = 0.5;
    private static readonly AdapterOptions Lora = new() { Kind = AdapterKind.Lora };
    private readonly LetterTask _task = new(Lora);

    public void Dispose() => _task.Dispose();

    public static TheoryData<PolicyAlgorithm> Algorithms => [.. Enum.GetValues<PolicyAlgorithm>()];

    private static LearningOptions Options(PolicyAlgorithm algorithm, int iterations = 3, int epochs = 2, int minibatch = 8, double preferenceRate = 2e-3) => new()
    {
        Algorithm = algorithm,
        Adapter = Lora,
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
        Preferences = new() { Epochs = epochs, LearningRate = preferenceRate, Beta = Beta, MeasuredAnswers = 64, Minibatch = minibatch },
        Supervised = new() { Epochs = 8, LearningRate = 5e-3, MeasuredAnswers = 64 },
        Imagined = new() { Rounds = iterations, LearningRate = preferenceRate, Beta = Beta, MeasuredAnswers = 64 },
    };

    private List<Judgement> Pairs(int raters = 1)
    {
        var (answers, scores) = (LetterTask.Answers, _task.Scores);
        return [.. from rater in Enumerable.Range(0, raters)
                   from i in Enumerable.Range(0, answers.Count)
                   from j in Enumerable.Range(i + 1, answers.Count - i - 1)
                   where answers[i].Prompt == answers[j].Prompt
                   let first = (rater + 0.5) / raters < 1 / (1 + Math.Exp(scores[j] - scores[i]))
                   select Judgement.Pair("rater", answers[i], answers[j], first ? PairOutcome.First : PairOutcome.Second)];
    }

    /// <summary>
    /// Training compares what was sampled with what the trainer computes and fails where they differ by more than 1e-3, so that this also
    /// shows that rollouts come from the adapted policy.
    /// </summary>
    [Theory, MemberData(nameof(Algorithms))]
    public void Every_algorithm_moves_the_policy_and_leaves_the_shared_weights_alone(PolicyAlgorithm algorithm)
    {
        using var before = _task.Reference.Weights.Clone();
        var initial = LetterTask.LogProbabilities(_task.Policy);
        Near.Equal(LetterTask.LogProbabilities(_task.Reference), initial, 0);

        var outcome = _task.Train(Options(algorithm), Pairs());

        var moved = LetterTask.LogProbabilities(_task.Policy).Zip(initial, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(moved > 0.05 && outcome.MeanKl != 0, $"moved by {moved}; {outcome}");
        using var scope = NewDisposeScope();
        Assert.All(before.ByName, w => Assert.True(w.Value.equal(_task.Reference.Weights.ByName[w.Key]).all().item<bool>(), w.Key));
        Assert.All(_task.Reference.Weights.Parameters, p => Assert.Null(p.grad));
        using var merged = new Model.Transformers.Transformer(_task.Policy.Merged());
        Near.Equal(LetterTask.LogProbabilities(_task.Policy), LetterTask.LogProbabilities(merged), 1e-4);
    }

    /// <summary>
    /// Eight answers to three prompts are few enough for rank 8 to hold the best policy: PPO comes as near as with every weight. DPO sees
    /// pairs of 40 raters only, in steps that end while it still nears.
    /// </summary>
    [Theory]
    [InlineData(PolicyAlgorithm.Ppo, 0.03)]
    [InlineData(PolicyAlgorithm.Dpo, 0.05)]
    public void The_known_optimum_is_reached(PolicyAlgorithm algorithm, double distance)
    {
        var before = _task.DistancesFromOptimum(Beta).Max();
        var outcome = _task.Train(Options(algorithm, iterations: 40, epochs: 3, minibatch: 16, preferenceRate: 4e-3), algorithm == PolicyAlgorithm.Dpo ? Pairs(raters: 40) : []);
        var after = _task.DistancesFromOptimum(Beta).Max();

        var line = $"{algorithm} with LoRA: {before:0.000} from the optimum before, {after:0.000} after; {outcome}";
        TestContext.Current.SendDiagnosticMessage(line);
        Assert.True(before > 0.3 && after < distance, line);
    }

    [Fact]
    public void The_same_seed_gives_the_same_adapter()
    {
        using var again = new LetterTask(Lora);
        _task.Train(Options(PolicyAlgorithm.Ppo));
        again.Train(Options(PolicyAlgorithm.Ppo));

        Assert.Equal(_task.PolicyWeights(), again.PolicyWeights());
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Ppo)]
    [InlineData(PolicyAlgorithm.Dpo)]
    public void No_tensor_is_left_behind(PolicyAlgorithm algorithm)
    {
        var counts = new List<long>();
        var log = new ProgressLog { OnReport = () => counts.Add(LiveTensors.Count()) };
        _task.Train(Options(algorithm, iterations: 5, epochs: 1, minibatch: 16), Pairs(), log);

        // The first step makes the gradients.
        Assert.True(counts.Count > 4);
        var steps = algorithm == PolicyAlgorithm.Ppo
            ? counts.Skip(3).Where((_, i) => i % 3 == 2)
            : counts.Skip(1).SkipLast(2);
        Assert.Single(steps.Distinct());
    }

    /// <summary>As a run does it: from a parent that is the reference to a saved candidate, which is a plain checkpoint.</summary>
    [Fact]
    public async Task A_run_saves_a_merged_candidate()
    {
        using var fixture = new LoopFixture(LetterTask.AdaptableOutput);
        var options = LoopFixture.Options with { Adapter = Lora, Ppo = LoopFixture.Options.Ppo with { LearningRate = 2e-3 } };
        using var trainer = new LoopTrainer(fixture.Store, options);
        var guard = TestContext.Current.CancellationToken;
        var (batch, log) = (fixture.Batch(pairs: 60, seed: 1), new ProgressLog());
        var rewardModel = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "run-1/reward-model", 1), log, guard);

        var policy = await trainer.TrainPolicy(new("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, rewardModel.Folder, "run-1/policy", 1), log, guard);

        using var candidate = fixture.Store.Load(policy.Folder);
        using var starter = fixture.Store.Load(LoopFixture.Starter);
        Assert.Equal(starter.Transformer.Weights.ByName.Keys, candidate.Transformer.Weights.ByName.Keys);
        Assert.Equal("Lora rank 8 alpha 16 on All", candidate.Manifest.Metadata["adapter"]);
        Assert.True(policy.MeanReward > 0.2 && policy.MeanKl > 0, $"{policy}; {string.Join("\n", log.Reports.Select(r => r.Detail))}");
    }
}
