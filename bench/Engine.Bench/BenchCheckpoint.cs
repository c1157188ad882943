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

    public static void Save(CheckpointStore store, string folder)
    {
        using var weights = TransformerWeights.Initialise(Config, 1);
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
