using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tensors;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

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

    /// <param name="speaks">Letters are the likeliest tokens by far: every token gives text, as a trained model's do.</param>
    public static void Save(
        CheckpointStore store, string folder, TransformerConfig config, ScalarType type = ScalarType.Float32, bool speaks = false)
    {
        using var weights = TransformerWeights.Initialise(config, 1);
        if (speaks) SpeakLetters(weights);
        store.Save(folder, new()
        {
            Weights = weights,
            WeightsType = type,
            Files = new Dictionary<string, byte[]> { [CheckpointFiles.Tokenizer] = ByteTokenizer() },
        });
    }

    private static void SpeakLetters(TransformerWeights weights)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var first = ChatTemplate.SpecialTokens.Count + ByteAlphabet.All.IndexOf('a');
        var letters = weights.Embedding.narrow(0, first, 26);
        letters.copy_(letters.Times(100));
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
