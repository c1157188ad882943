using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Model.Tests.Checkpoints;

[Collection(LiveTensors.Name)]
public sealed class CheckpointTensorTests
{
    [Fact]
    public void Saving_loading_and_disposing_leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path);
        var before = LiveTensors.Count();

        TinyCheckpoint.Save(store, "a", seed: 1);
        store.Load("a").Dispose();

        Assert.Equal(before + LiveTensors.CountedByMistake(TinyCheckpoint.Config, models: 2), LiveTensors.Count());
    }

    [Fact]
    public void A_failed_load_leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        using var source = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path);
        TinyCheckpoint.Save(store, "a", seed: 1);
        foreach (var file in CheckpointFiles.Required.Append(CheckpointFiles.Tokenizer)) File.Copy(Path.Combine(folder["a"], file), source[file]);
        File.WriteAllText(source["config.json"], File.ReadAllText(source["config.json"]).Replace("48", "47", StringComparison.Ordinal));
        var before = LiveTensors.Count();

        var error = Assert.Throws<ChatLoopException>(() => store.Import(source.Path, "b"));

        Assert.Contains("mlp.down_proj.weight' has shape [32, 48]; expected [32, 47]", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, LiveTensors.Count());
    }
}
