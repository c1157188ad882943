using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Engine.Bench;

/// <summary>Random weights of the starter's size: speed does not depend on their values.</summary>
internal static class BenchCheckpoint
{
    /// <summary>2.8 million weights.</summary>
    public static readonly TransformerConfig Config = new()
    {
        VocabularySize = 2048,
        HiddenSize = 192,
        IntermediateSize = 512,
        Layers = 6,
        Heads = 6,
        KeyValueHeads = 2,
        MaxPositions = 1024,
    };

    /// <summary>56 million weights: so much that they stand out in the memory of the process.</summary>
    public static readonly TransformerConfig Wide = new()
    {
        VocabularySize = 8192,
        HiddenSize = 768,
        IntermediateSize = 2048,
        Layers = 8,
        Heads = 12,
        KeyValueHeads = 4,
        MaxPositions = 512,
    };

    public static void Save(CheckpointStore store, string folder, TransformerConfig config)
    {
        using var weights = TransformerWeights.Initialise(config, 1);
        store.Save(folder, new()
        {
            Weights = weights,
            Files = new Dictionary<string, byte[]> { [CheckpointFiles.Tokenizer] = ByteTokenizer() },
        });
    }

    private static byte[] ByteTokenizer()
    {
        var specials = ChatTemplate.SpecialTokens.Select((text, id) => (text, id)).ToDictionary(t => t.text, t => t.id);
        var vocabulary = new Dictionary<string, int>(specials);
        foreach (var character in ByteAlphabet.All) vocabulary[character.ToString()] = vocabulary.Count;
        using var stream = new MemoryStream();
        new TokenizerJson(vocabulary, [], specials, TokenizerJson.SingleDigitPattern).Write(stream);
        return stream.ToArray();
    }
}
