using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>A random model of a few thousand weights with a byte tokenizer, where a test needs the files of one.</summary>
internal static class TinyCheckpoint
{
    private static readonly byte[] TokenizerFile = WriteTokenizer();

    private static readonly TransformerConfig Config = new()
    {
        VocabularySize = 260,
        HiddenSize = 16,
        IntermediateSize = 16,
        Layers = 1,
        Heads = 2,
        KeyValueHeads = 1,
        MaxPositions = 128,
    };

    public static CheckpointManifest Save(CheckpointStore store, string folder, long seed)
    {
        using var weights = TransformerWeights.Initialise(Config, seed);
        return store.Save(folder, new CheckpointContents
        {
            Weights = weights,
            Files = new Dictionary<string, byte[]> { [CheckpointFiles.Tokenizer] = TokenizerFile },
        });
    }

    public static CheckpointManifest SaveRewardModel(CheckpointStore store, string folder, long seed)
    {
        using var weights = TransformerWeights.Initialise(Config, seed);
        using var model = RewardModel.From(weights, seed);
        var heads = model.SaveHeads();
        var saved = store.Save(folder, new CheckpointContents
        {
            Weights = model.Trunk.Weights,
            Heads = heads,
            Files = new Dictionary<string, byte[]> { [CheckpointFiles.Tokenizer] = TokenizerFile },
        });
        foreach (var head in heads.Values) head.Dispose();
        return saved;
    }

    private static byte[] WriteTokenizer()
    {
        var specials = ChatTemplate.SpecialTokens.Select((text, id) => (text, id)).ToDictionary(t => t.text, t => t.id);
        var vocabulary = new Dictionary<string, int>(specials);
        foreach (var character in ByteAlphabet.All) vocabulary[character.ToString()] = vocabulary.Count;
        using var stream = new MemoryStream();
        new TokenizerJson(vocabulary, [], specials, TokenizerJson.SingleDigitPattern).Write(stream);
        return stream.ToArray();
    }
}
