using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Model.Tests.Checkpoints.Blobs;
using ChatLoop.Silo.Storage;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Learning;

/// <summary>The silo that trains dies, and another one, which has nothing of its disk, goes on with the run.</summary>
public sealed class MovedRunTests(Azurite server) : IClassFixture<Azurite>
{
    private const int PairsPerRun = 4;
    private readonly string _container = Azurite.NewContainer();

    private CheckpointOptions Checkpoints => new() { Store = CheckpointStorage.Blob, ConnectionString = server.ConnectionString, Container = _container };

    [Theory]
    [InlineData(LearningPhase.RewardModel)]
    [InlineData(LearningPhase.PolicyUpdate)]
    [InlineData(LearningPhase.Gate)]
    public async Task A_run_goes_on_with_its_step_and_takes_effect_once(LearningPhase killedIn)
    {
        LearningPhase[] steps = [LearningPhase.RewardModel, LearningPhase.PolicyUpdate, LearningPhase.Gate];
        await server.Container(_container).CreateIfNotExistsAsync(cancellationToken: Guard);
        await using var cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = PairsPerRun, RetryPause = TimeSpan.Zero }, checkpoints: Checkpoints);
        await cluster.Registry.EnsureStarter("starter", "hash");
        var ada = await new Rater(cluster, "ada").Consent();
        await ada.JudgePairs(PairsPerRun);
        foreach (var before in steps.TakeWhile(s => s != killedIn)) (await cluster.Trainer.NextStep(before, Guard)).Finish();
        var killed = await cluster.Trainer.NextStep(killedIn, Guard);
        Assert.False(File.Exists(Path.Combine(cluster.Folder, "runs", "run-0001", "batch.json")));

        await using var later = await cluster.AfterKill();
        Assert.False(Directory.Exists(Path.Combine(later.Folder, "runs")));
        await later.ResumeTraining();
        foreach (var step in steps.SkipWhile(s => s != killedIn))
        {
            var resumed = await later.Trainer.NextStep(step, Guard);
            if (step == killedIn) Assert.Equivalent(killed.Job, resumed.Job);
            resumed.Finish();
        }

        var end = await later.Learning.FirstWhere(s => s.Trainer is { Phase: LearningPhase.Collecting, LastOutcome: not null });
        Assert.Equal("v2 is live.", end.Trainer.LastOutcome);
        Assert.Equal([(1, CheckpointStage.Retired), (2, CheckpointStage.Live)], end.Checkpoints.Select(c => (c.Version, c.Stage)));
        Assert.All(await later.Ledger("ada").List("ada"), f => Assert.Equal((FeedbackState.Learned, 2), (f.State, f.LearnedInVersion)));
    }
}
