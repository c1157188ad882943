using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Grains.Tests.Feedback;
using Microsoft.Extensions.DependencyInjection;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Learning;

/// <summary>Feedback is recorded on one silo, trained on and watched on another.</summary>
public sealed class LearningAcrossSilosTests(StoreServers servers) : IAsyncLifetime
{
    private const int PairsPerRun = 4;
    private static readonly RatedContext Compared =
        new([new(TurnRole.User, "Hello!")], [new RatedAnswer { TurnId = "left", Text = "Hi." }, new RatedAnswer { TurnId = "right", Text = "Ho." }]);
    private ClusterSilo _recording = null!;
    private ClusterSilo _other = null!;

    public async ValueTask InitializeAsync()
    {
        string[] settings =
        [
            "--Cluster:Clustering=PostgreSql", "--Cluster:Storage=PostgreSql", $"--Cluster:ConnectionString={await servers.Database()}",
            $"--Learning:PairsPerRun={PairsPerRun}",
        ];
        _recording = await ClusterSilo.Start(settings);
        _other = await ClusterSilo.Start(settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _recording.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Page_of_one_silo_shows_what_the_other_recorded()
    {
        await _other.Place(grains => grains.GetGrain<ILearningGrain>(ServedModel.Name).GetSnapshot());
        var watching = _other.Grains.GetGrain<ILearningGrain>(ServedModel.Name).FirstWhere(s => s.Feedback.Pairs == PairsPerRun);
        await RecordPairs();
        var shown = (await watching).Feedback;
        Assert.Equal(await StoreOf(_recording).ReadCounts(), shown);
        Assert.Equal(shown, StoreOf(_other).Counts);
    }

    [Fact]
    public async Task Trainer_of_one_silo_begins_when_the_other_has_recorded_enough()
    {
        await _other.Grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name).EnsureStarter("starter", "hash");
        await _other.Place(grains => grains.GetGrain<IRewardTrainerGrain>(ServedModel.Name).GetStatus());
        await RecordPairs();
        await _recording.Place(grains => grains.GetGrain<IFeedbackLedgerGrain>(FeedbackLedgerShards.ShardOf("ada")).ConsentChanged("ada", granted: true));
        var step = await _other.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        Assert.Equal("run-0001", step.RunId);
        Assert.Equal(0, (await StoreOf(_recording).ReadCounts()).NewPairs);
    }

    private async Task RecordPairs()
    {
        for (var i = 0; i < PairsPerRun; i++)
            await StoreOf(_recording).Record("ada", Submission.Pair($"p{i}", $"c{i}"), Compared);
    }

    private static FeedbackStore StoreOf(ClusterSilo silo) => silo.Services.GetRequiredService<FeedbackStore>();
}
