using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Tests.Checkpoints;

/// <summary>A random model of a few thousand weights with a byte tokenizer: enough for everything but sense.</summary>
internal static class TinyCheckpoint
{
    public static readonly TransformerConfig Config = new()
    {
        VocabularySize = TinyTokenizer.FirstMerge,
        HiddenSize = 32,
        IntermediateSize = 48,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        MaxPositions = 128,
    };

    public static byte[] TokenizerJson { get; } = WriteTokenizer();

    public static CheckpointContents Contents(TransformerWeights weights) => new()
    {
        Weights = weights,
        Files = new Dictionary<string, byte[]> { [CheckpointFiles.Tokenizer] = TokenizerJson },
    };

    /// <summary>Saves random weights.</summary>
    public static CheckpointManifest Save(CheckpointStore store, string folder, long seed, TransformerConfig? config = null)
    {
        using var weights = TransformerWeights.Initialise(config ?? Config, seed);
        return store.Save(folder, Contents(weights));
    }

    private static byte[] WriteTokenizer()
    {
        using var stream = new MemoryStream();
        TinyTokenizer.Json().Write(stream);
        return stream.ToArray();
    }
}
