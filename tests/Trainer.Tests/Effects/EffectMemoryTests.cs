using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Trainer.Effects;

namespace ChatLoop.Trainer.Tests.Effects;

[Collection(LiveTensors.Name)]
public sealed class EffectMemoryTests
{
    [Fact]
    public async Task Measuring_leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path);
        foreach (var seed in (int[])[3, 4])
        {
            using var weights = LetterPolicy.Weights(seed);
            LetterPolicy.Save(store, $"v{seed}", weights);
        }
        using var worker = new EffectWorker(store, new(), new PolicyEngineOptions());
        var job = new EffectJob(
            new(3, "v3"), new(4, "v4"), null, [new(TurnRole.User, "Say letters.")], [new() { TurnId = "t", Text = "abc?" }], new() { Seed = 5, MaxTokens = 30 });
        await worker.Measure(job, TestContext.Current.CancellationToken);
        var before = LiveTensors.Count();

        await worker.Measure(job, TestContext.Current.CancellationToken);

        Assert.Equal(before + LiveTensors.CountedByMistake(LetterPolicy.Config, models: 2), LiveTensors.Count());
    }
}
