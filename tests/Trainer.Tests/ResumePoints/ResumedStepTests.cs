using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;

namespace ChatLoop.Trainer.Tests.ResumePoints;

/// <summary>Steps of a run, over a checkpoint store: killed, they go on from what lies beside their output.</summary>
public sealed class ResumedStepTests : IDisposable
{
    private readonly LoopFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    /// <summary>One thread, for which the promise is made.</summary>
    private static LearningOptions Options { get; } = LoopFixture.Options with
    {
        Workers = 1,
        RewardModel = LoopFixture.Options.RewardModel with { Epochs = 3, Folds = 2 },
        Ppo = LoopFixture.Options.Ppo with { Iterations = 2, Answers = 16 },
        ReferenceAnswers = 16,
    };

    private string Resume(string output) => Path.Combine(_fixture.Store.Root, output + ".resume");

    /// <summary>Kinds with parameters of their own: what no minibatch has reached yet must not move after a resume either.</summary>
    private FeedbackBatch Batch()
    {
        var batch = _fixture.Batch(pairs: 16, seed: 2);
        var first = batch.Training.Pairs[0];
        return batch with
        {
            Training = batch.Training with
            {
                Ratings = [.. Enumerable.Range(0, 3).Select(i => new RatingExample($"r{i}", "rater", first.Prompt, first.First, 1 + i))],
            },
        };
    }

    [Fact]
    public async Task A_reward_model_killed_at_any_report_becomes_the_same()
    {
        using var trainer = new LoopTrainer(_fixture.Store, Options);
        var (batch, log) = (Batch(), new ProgressLog());
        var job = new RewardModelJob("run-1", batch, LoopFixture.Starter, "whole", 5);
        var whole = await trainer.TrainRewardModel(job, log, Guard);
        var (curves, manifest) = (Curves(log), _fixture.Store.ReadManifest("whole"));
        _fixture.Store.Delete("whole");

        // The last report comes after the output, which is then found.
        for (var survived = 0; survived < log.Reports.Count - 1; survived++)
        {
            var again = new ProgressLog();
            await Assert.ThrowsAsync<KilledException>(() => trainer.TrainRewardModel(job, new Fatal(survived), Guard));
            Assert.Equivalent(whole, await trainer.TrainRewardModel(job, again, Guard), strict: true);
            Assert.True(manifest.SameFiles(_fixture.Store.ReadManifest("whole")));
            Assert.Equal(curves, Curves(again));
            Assert.False(Directory.Exists(Resume("whole")));
            _fixture.Store.Delete("whole");
        }
        Assert.InRange(log.Reports.Count, 6, 12);
    }

    [Fact]
    public async Task A_policy_step_goes_on_and_cleans_up()
    {
        using var trainer = new LoopTrainer(_fixture.Store, Options);
        var job = await PolicyJob(trainer);
        var whole = await trainer.TrainPolicy(job with { OutputFolder = "whole" }, new ProgressLog(), Guard);
        await Assert.ThrowsAsync<KilledException>(() => trainer.TrainPolicy(job, new Fatal(4), Guard));
        Assert.True(Directory.Exists(Resume("policy")));

        using var restarted = new LoopTrainer(_fixture.Store, Options);
        var log = new ProgressLog();
        var policy = await restarted.TrainPolicy(job, log, Guard);

        Assert.Equal(whole, policy with { Folder = "whole" });
        Assert.Contains(log.Reports, r => r.Detail.StartsWith("PPO goes on after iteration 1 of 2", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Resume("policy")));
    }

    [Fact]
    public async Task A_step_that_is_not_asked_for_again_leaves_nothing()
    {
        using var trainer = new LoopTrainer(_fixture.Store, Options);
        var job = await PolicyJob(trainer);
        await Assert.ThrowsAsync<KilledException>(() => trainer.TrainPolicy(job, new Fatal(4), Guard));
        Assert.True(Directory.Exists(Resume("policy")));

        await trainer.Abandon("policy", Guard);
        await trainer.Abandon("policy", Guard);

        Assert.False(Directory.Exists(Resume("policy")));
    }

    /// <summary>Another seed, batch, setting or reward model is another job: it begins anew, says so, and never mixes the two.</summary>
    [Theory]
    [InlineData("seed")]
    [InlineData("batch")]
    [InlineData("setting")]
    [InlineData("reward model")]
    public async Task Another_job_begins_anew(string change)
    {
        using var trainer = new LoopTrainer(_fixture.Store, Options);
        var job = await PolicyJob(trainer);
        await Assert.ThrowsAsync<KilledException>(() => trainer.TrainPolicy(job, new Fatal(4), Guard));

        var options = change == "setting" ? Options with { Ppo = Options.Ppo with { Clip = 0.21 } } : Options;
        using var other = new LoopTrainer(_fixture.Store, options);
        if (change == "seed") job = job with { Seed = 6 };
        if (change == "batch") job = job with { Batch = _fixture.Batch(pairs: 16, seed: 3) };
        if (change == "reward model")
        {
            _fixture.Store.Delete("reward");
            await other.TrainRewardModel(new("run-1", job.Batch, LoopFixture.Starter, "reward", 99), new ProgressLog(), Guard);
        }
        var log = new ProgressLog();
        var policy = await other.TrainPolicy(job, log, Guard);
        var whole = await other.TrainPolicy(job with { OutputFolder = "whole" }, new ProgressLog(), Guard);

        Assert.Equal(whole.WeightsHash, policy.WeightsHash);
        Assert.Contains(log.Reports, r => r.Detail.Contains("the saved progress belongs to another job and is left out", StringComparison.Ordinal));
        Assert.Contains(log.Reports, r => r.Detail.StartsWith("PPO iteration 1 of 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_torn_resume_point_begins_anew()
    {
        using var trainer = new LoopTrainer(_fixture.Store, Options);
        var job = await PolicyJob(trainer);
        var whole = await trainer.TrainPolicy(job with { OutputFolder = "whole" }, new ProgressLog(), Guard);
        await Assert.ThrowsAsync<KilledException>(() => trainer.TrainPolicy(job, new Fatal(4), Guard));
        using (var tensors = File.OpenWrite(Directory.EnumerateFiles(Resume("policy"), "*.safetensors").Single())) tensors.SetLength(tensors.Length / 2);

        var log = new ProgressLog();
        var policy = await trainer.TrainPolicy(job, log, Guard);

        Assert.Equal(whole.WeightsHash, policy.WeightsHash);
        Assert.Contains(log.Reports, r => r.Detail.Contains("the saved progress is damaged and is left out", StringComparison.Ordinal));
        Assert.Contains(log.Reports, r => r.Detail.StartsWith("PPO iteration 1 of 2", StringComparison.Ordinal));
    }

    private async Task<PolicyJob> PolicyJob(LoopTrainer trainer)
    {
        var batch = Batch();
        await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), new ProgressLog(), Guard);
        return new("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, "reward", "policy", 5);
    }

    /// <summary>Of each curve and step the last value, as the charts show it.</summary>
    private static IEnumerable<MetricPoint> Curves(ProgressLog log) =>
        log.Reports.SelectMany(r => r.Points).GroupBy(p => (p.Name, p.Step)).Select(p => p.Last()).OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Step);
}
