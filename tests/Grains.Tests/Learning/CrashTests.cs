using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Learning;

/// <summary>kill -9 in any step: the run goes on where it was, and nothing takes effect twice.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private const int PairsPerRun = 4;
    private GrainCluster _cluster = null!;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = PairsPerRun, RetryPause = TimeSpan.Zero });
        await _cluster.Registry.EnsureStarter("starter", "hash");
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(LearningPhase.RewardModel)]
    [InlineData(LearningPhase.PolicyUpdate)]
    [InlineData(LearningPhase.Gate)]
    public async Task Killed_in_a_step_goes_on_with_that_step(LearningPhase killedIn)
    {
        LearningPhase[] steps = [LearningPhase.RewardModel, LearningPhase.PolicyUpdate, LearningPhase.Gate];
        await _ada.JudgePairs(PairsPerRun);
        foreach (var before in steps.TakeWhile(s => s != killedIn)) (await _cluster.Trainer.NextStep(before, Guard)).Finish();
        var killed = await _cluster.Trainer.NextStep(killedIn, Guard);

        await using var later = await _cluster.AfterKill();
        await later.ResumeTraining();
        await later.ResumeTraining();
        foreach (var step in steps.SkipWhile(s => s != killedIn))
        {
            var resumed = await later.Trainer.NextStep(step, Guard);
            Assert.Equal("run-0001", resumed.RunId);
            if (step == killedIn) Assert.Equivalent(killed.Job, resumed.Job);
            resumed.Finish();
        }

        var end = await Ended(later);
        Assert.Equal(steps.SkipWhile(s => s != killedIn), later.Trainer.Asked.Select(s => s.Phase));
        await AssertLearnedOnce(later, end);
    }

    /// <summary>The moments between the steps: each is a file or a row that exists already while the next does not.</summary>
    [Theory]
    [InlineData("batch.json")]
    [InlineData("reward-model.json")]
    [InlineData("policy.json")]
    [InlineData("gate.json")]
    [InlineData("outcome.json")]
    public async Task Killed_right_after_a_result_was_written_goes_on_behind_it(string lastFile)
    {
        // A folder at the moment after the file: all later results are taken away, and the grains' states with them.
        await _ada.JudgePairs(PairsPerRun);
        var start = await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        await using var early = await _cluster.AfterKill();
        start.Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard)).Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.Gate, Guard)).Finish();
        await Ended(_cluster);
        string[] files = ["batch.json", "reward-model.json", "policy.json", "gate.json", "outcome.json"];
        foreach (var file in files.Take(Array.IndexOf(files, lastFile) + 1))
            File.Copy(RunFile(_cluster, file), RunFile(early, file), overwrite: true);

        await using var later = await early.AfterKill();
        await later.ResumeTraining();
        (string File, LearningPhase Phase)[] work =
            [("reward-model.json", LearningPhase.RewardModel), ("policy.json", LearningPhase.PolicyUpdate), ("gate.json", LearningPhase.Gate)];
        foreach (var (file, phase) in work)
            if (!File.Exists(RunFile(later, file))) (await later.Trainer.NextStep(phase, Guard)).Finish();

        var end = await Ended(later);
        if (lastFile != "outcome.json") await AssertLearnedOnce(later, end);
        else Assert.All(await later.Ledger("ada").List("ada"), f => Assert.Equal(FeedbackState.Learned, f.State));
    }

    [Fact]
    public async Task Killed_after_promotion_does_not_promote_or_learn_again()
    {
        await _ada.JudgePairs(PairsPerRun);
        await _cluster.Trainer.FinishRun(Guard);
        await Ended(_cluster);

        await using var later = await _cluster.AfterKill();
        await later.ResumeTraining();

        await AssertLearnedOnce(later, await Ended(later));
        Assert.Empty(later.Trainer.Asked);
    }

    [Fact]
    public async Task Killed_while_collecting_counts_what_was_there()
    {
        await _ada.JudgePairs(PairsPerRun - 1);
        await using var later = await _cluster.AfterKill();
        await later.ResumeTraining();
        Assert.Empty(later.Trainer.Asked);
        await new Rater(later, "ada").JudgePairs(1);
        await later.Trainer.FinishRun(Guard);
        await AssertLearnedOnce(later, await Ended(later));
    }

    [Fact]
    public async Task Orderly_restart_goes_on_with_the_step_too()
    {
        await _ada.JudgePairs(PairsPerRun);
        (await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard)).Finish();
        await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard);

        await _cluster.Restart();
        await _cluster.ResumeTraining();

        (await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard)).Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.Gate, Guard)).Finish();
        await AssertLearnedOnce(_cluster, await Ended(_cluster));
    }

    private static Task<LearningSnapshot> Ended(GrainCluster cluster) =>
        cluster.Learning.FirstWhere(s => s.Trainer is { Phase: LearningPhase.Collecting, LastOutcome: not null });

    private static async Task AssertLearnedOnce(GrainCluster cluster, LearningSnapshot end)
    {
        Assert.Equal("v2 is live.", end.Trainer.LastOutcome);
        Assert.Equal([(1, CheckpointStage.Retired), (2, CheckpointStage.Live)], end.Checkpoints.Select(c => (c.Version, c.Stage)));
        Assert.Equal([1, 2], end.Decisions.Select(d => d.Version));
        Assert.Equal((PairsPerRun, 0), (end.Feedback.Pairs, end.Feedback.NewPairs));
        Assert.All(await cluster.Ledger("ada").List("ada"), f => Assert.Equal((FeedbackState.Learned, 2), (f.State, f.LearnedInVersion)));
    }

    private static string RunFile(GrainCluster cluster, string file) => Path.Combine(cluster.Folder, "runs", "run-0001", file);
}
