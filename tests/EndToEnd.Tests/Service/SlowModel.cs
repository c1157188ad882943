using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;

namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>
/// A checkpoint with random weights and a wide shape: it writes noise up to the length limit, slowly, so that a test can act in the
/// middle of an answer.
/// </summary>
public sealed class SlowModel : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("chatloop-slow-").FullName;

    public SlowModel()
    {
        using var starter = new CheckpointStore(Repository.Path("models")).Load("starter");
        var config = starter.Transformer.Config with
        {
            HiddenSize = 768,
            IntermediateSize = 2048,
            Layers = 12,
            Heads = 12,
            KeyValueHeads = 12,
        };
        using var weights = TransformerWeights.Initialise(config, seed: 5);
        new CheckpointStore(_root).Save("slow", new CheckpointContents { Weights = weights, Files = starter.Files });
    }

    public string Folder => Path.Combine(_root, "slow");

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
