using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests;

/// <summary>
/// A random model that answers in a few letters and question marks: hidden dimension 0 is large in every embedding and stays so,
/// which lets the output projection rule out every other token. Answers are about eight tokens long and end by themselves.
/// </summary>
internal static class LetterPolicy
{
    public static readonly TransformerConfig Config = new()
    {
        VocabularySize = TinyTokenizer.FirstMerge,
        HiddenSize = 32,
        IntermediateSize = 64,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        MaxPositions = 96,
        TieEmbeddings = false,
    };

    public static readonly Tokenizer Tokenizer = TinyTokenizer.Create();
    public static readonly ChatTemplate Template = new(Tokenizer);
    public static readonly RolloutSettings Rollouts = new(Template.EndIds, Template.Pad, MaxAnswerTokens: 40, MicroBatchTokens: 512);

    private const string Letters = "abcdef?";

    /// <param name="config">Of another family; with untied embeddings.</param>
    /// <param name="outputScale">How far hidden states, whose length a norm fixes, can move the letters' logits.</param>
    public static TransformerWeights Weights(long seed, TransformerConfig? config = null, double outputScale = 1)
    {
        var weights = TransformerWeights.Initialise(config ?? Config, seed);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        weights.Embedding.mul_(20).narrow(1, 0, 1).fill_(1);
        weights.Output.mul_(outputScale).narrow(1, 0, 1).fill_(-20);
        foreach (var id in Letters.Select(c => TinyTokenizer.FirstByte + c).Append(Template.EndOfTurn))
            weights.Output.narrow(0, id, 1).narrow(1, 0, 1).fill_(0);
        return weights;
    }

    public static IReadOnlyDictionary<string, byte[]> Files { get; } = new Dictionary<string, byte[]>
    {
        [CheckpointFiles.Tokenizer] = WriteTokenizer(),
    };

    public static void Save(CheckpointStore store, string folder, TransformerWeights weights) =>
        store.Save(folder, new CheckpointContents { Weights = weights, Files = Files });

    /// <summary>Prompts of different lengths.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Prompts(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Template.Prompt([new(Contracts.Conversations.TurnRole.User, Text(i))]))];

    public static string Text(int i) => new((char)('a' + i % 26), 1 + i % 5);

    private static byte[] WriteTokenizer()
    {
        using var stream = new MemoryStream();
        TinyTokenizer.Json().Write(stream);
        return stream.ToArray();
    }
}
