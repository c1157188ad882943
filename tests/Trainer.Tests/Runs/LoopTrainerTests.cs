using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>The whole loop on a tiny random model: preferences, reward model, PPO, gate.</summary>
public sealed class LoopTrainerTests
{
    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Preferences_raise_what_the_rater_likes_and_the_candidate_passes_the_gate()
    {
        using var fixture = new LoopFixture();
        using var trainer = new LoopTrainer(fixture.Store, LoopFixture.WideSpread);
        var batch = fixture.Batch(pairs: 60, seed: 1);
        var log = new ProgressLog();

        var rewardModel = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "run-1/reward-model", 1), log, Guard);
        var policy = await trainer.TrainPolicy(
            new("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, rewardModel.Folder, "run-1/policy", 1), log, Guard);
        var outcome = await trainer.Judge(
            new("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, policy.Folder, rewardModel.Folder, rewardModel, 1), log, Guard);
        var (before, after) = (fixture.LikedShare(LoopFixture.Starter), fixture.LikedShare(policy.Folder));

        Assert.True(rewardModel.HeldOutAccuracy > 0.8, $"held-out accuracy {rewardModel.HeldOutAccuracy}");
        Assert.True(after > before + 0.25, $"liked before {before:0.00}, after {after:0.00}; {string.Join("\n", log.Reports.Select(r => r.Detail))}");
        Assert.True(outcome.Report.Passed, string.Join("\n", outcome.Report.Checks));
        Assert.True(outcome.Metrics.Reward > 0.3 && outcome.Metrics.Kl > 0);
        AssertCurves(log, policy.Iterations);
    }

    private static void AssertCurves(ProgressLog log, int iterations)
    {
        var points = log.Reports.SelectMany(r => r.Points).ToLookup(p => p.Name);
        string[] perIteration =
        [
            "objective/kl", "objective/scores", "objective/entropy", "policy/approxkl_avg", "policy/clipfrac_avg", "policy/entropy_avg",
            "loss/policy_avg", "loss/value_avg", "val/ratio", "kl_coefficient",
        ];
        Assert.All(perIteration, name => Assert.Equal(Enumerable.Range(1, iterations), points[name].Select(p => p.Step)));
        Assert.NotEmpty(points["reward_model/loss"]);
        Assert.Single(points["reward_model/accuracy"]);
        Assert.InRange(points["reward_model/accuracy_pair"].Single().Value, 0.8, 1);
        Assert.InRange(points["reward_model/calibration_error"].Single().Value, 0, 0.5);
        Assert.True(points["reward_model/spread"].Single().Value > 0);
        Assert.Contains(log.Reports, r => r.Phase == LearningPhase.PolicyUpdate && r.Detail.StartsWith("PPO iteration 3 of 8", StringComparison.Ordinal));
        foreach (var step in log.Reports.GroupBy(r => r.Phase == LearningPhase.Rollouts ? LearningPhase.PolicyUpdate : r.Phase))
            Assert.Equal(step.Select(r => r.Fraction).Order(), step.Select(r => r.Fraction));
    }

    /// <summary>Whoever gave it, every kind but comments is learned from, and the report says how well.</summary>
    [Fact]
    public async Task A_batch_of_all_kinds_makes_a_reward_model()
    {
        using var fixture = new LoopFixture();
        using var trainer = new LoopTrainer(fixture.Store, LoopFixture.Options);
        var pairs = fixture.Batch(pairs: 80, seed: 4).Training.Pairs;
        var training = new JudgementSet
        {
            Pairs = [.. pairs.Take(24)],
            Rankings = [.. pairs.Skip(24).Take(20).Select(p => new RankingExample(p.FeedbackId, p.RaterId, p.Prompt, [p.First, p.Second],
                p.FirstPreferred == 0.5 ? [1, 1] : p.FirstPreferred == 1 ? [1, 2] : [2, 1]))],
            Ratings = [.. pairs.Take(12).Select(p => new RatingExample(p.FeedbackId, p.RaterId, p.Prompt, p.First, LoopFixture.Likes(p.First.Text) ? 5 : 2))],
            Thumbs = [.. pairs.Take(12).Select(p => new ThumbExample(p.FeedbackId, p.RaterId, p.Prompt, p.Second, LoopFixture.Likes(p.Second.Text)))],
            Corrections = [.. pairs.Skip(44).Take(8).Select(p => new CorrectionExample(p.FeedbackId, "editor", p.Prompt, p.First, "abc?"))],
            Demonstrations = [.. pairs.Skip(52).Take(8).Select(p => new DemonstrationExample(p.FeedbackId, "author", p.Prompt, "fed?", Suggestion: null))],
            Comments = [new("c", "rater", pairs[0].Prompt, pairs[0].First, "more questions")],
        };
        var batch = new FeedbackBatch { RunId = "run-1", Training = training, HeldOut = new() { Pairs = [.. pairs.Skip(60)] } };

        var report = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 1), new ProgressLog(), Guard);

        Assert.Equal(Enum.GetValues<JudgementKind>().Except([JudgementKind.Comment]), report.ByKind.Select(k => k.Kind));
        // Its rater gave a rating of the same answer: it teaches reading, were there more of them.
        Assert.Equal((1, 0), (report.Comments.WordedVerdicts, report.Comments.Alone));
        Assert.True(report.HeldOutAccuracy > 0.8, string.Join(", ", report.ByKind));
        Assert.Equal(report.HeldOutPairs, report.ByKind.Where(k => k.Kind is JudgementKind.Pair or JudgementKind.Ranking).Sum(k => k.Contrasts));
    }

    [Fact]
    public async Task The_same_job_gives_the_same_files_and_a_finished_step_is_not_repeated()
    {
        using var fixture = new LoopFixture();
        using var trainer = new LoopTrainer(fixture.Store, LoopFixture.Options with { Ppo = LoopFixture.Options.Ppo with { Iterations = 2 } });
        var batch = fixture.Batch(pairs: 20, seed: 2);
        var log = new ProgressLog();

        var rewardModel = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "a/reward", 5), log, Guard);
        var job = new PolicyJob("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, rewardModel.Folder, "a/policy", 5);
        var policy = await trainer.TrainPolicy(job, log, Guard);
        var again = await trainer.TrainPolicy(job with { OutputFolder = "b/policy" }, log, Guard);
        var reports = log.Reports.Count;
        var found = await trainer.TrainPolicy(job, log, Guard);
        var foundReward = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "a/reward", 5), log, Guard);

        Assert.Equal(policy.WeightsHash, again.WeightsHash);
        Assert.Equal(policy, found);
        Assert.Equivalent(rewardModel, foundReward, strict: true);
        Assert.Equal(reports, log.Reports.Count);
        Assert.Equal("run-1", fixture.Store.ReadManifest("a/policy").Metadata["run"]);
        Assert.Equal(LoopFixture.Starter, fixture.Store.ReadManifest("a/policy").Metadata["parent"]);
        Assert.Equal("a/reward", fixture.Store.ReadManifest("a/policy").Metadata["reward_model"]);
    }

    /// <summary>Feedback as people give it, through each algorithm, to a candidate that says how it was made.</summary>
    [Theory]
    [InlineData(PolicyAlgorithm.Rloo)]
    [InlineData(PolicyAlgorithm.Grpo)]
    [InlineData(PolicyAlgorithm.Dpo)]
    [InlineData(PolicyAlgorithm.Ipo)]
    [InlineData(PolicyAlgorithm.Kto)]
    [InlineData(PolicyAlgorithm.BestOfN)]
    [InlineData(PolicyAlgorithm.SupervisedFineTuning)]
    [InlineData(PolicyAlgorithm.Imagined)]
    public async Task Every_algorithm_makes_a_candidate(PolicyAlgorithm algorithm)
    {
        using var fixture = new LoopFixture();
        using var trainer = new LoopTrainer(fixture.Store, LoopFixture.Options with
        {
            Algorithm = algorithm,
            RewardModel = LoopFixture.Options.RewardModel with { Epochs = 2 },
            Ppo = LoopFixture.Options.Ppo with { Iterations = 1 },
            Preferences = new() { Epochs = 1, MeasuredAnswers = 16 },
            BestOfN = new() { Prompts = 16 },
            Supervised = new() { Epochs = 1, MeasuredAnswers = 16 },
            Imagined = new() { Rounds = 1, Pairs = 16, MeasuredAnswers = 16 },
        });
        var batch = fixture.Batch(pairs: 20, seed: 2);
        var log = new ProgressLog();

        var rewardModel = await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), log, Guard);
        var policy = await trainer.TrainPolicy(
            new("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, rewardModel.Folder, "policy", 5), log, Guard);

        var metadata = fixture.Store.ReadManifest("policy").Metadata;
        Assert.Equal(algorithm.ToString(), metadata["algorithm"]);
        Assert.Equal("AllIterations", metadata["end"]);
        Assert.NotEqual(fixture.Store.ReadManifest(LoopFixture.Starter).WeightsHash, policy.WeightsHash);
        Assert.Equal(1, policy.Iterations);
        var steps = log.Reports.Where(r => r.Phase is LearningPhase.Rollouts or LearningPhase.PolicyUpdate).Select(r => r.Fraction).ToArray();
        Assert.Equal(steps.Order(), steps);
        Assert.Equal(1, steps[^1]);
    }

    [Fact]
    public async Task A_cancelled_step_leaves_nothing_behind()
    {
        using var fixture = new LoopFixture();
        using var trainer = new LoopTrainer(fixture.Store, LoopFixture.Options);
        using var cancel = new CancellationTokenSource();
        var batch = fixture.Batch(pairs: 20, seed: 2);
        var cancelling = new CancelOnReport(cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), cancelling, cancel.Token));

        Assert.False(fixture.Store.Exists("reward"));
        Assert.Equal(["starter"], Directory.EnumerateFileSystemEntries(fixture.Store.Root).Select(Path.GetFileName));
    }

    private sealed class CancelOnReport(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => source.Cancel();
    }
}
