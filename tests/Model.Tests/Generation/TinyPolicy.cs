using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>
/// A random model that writes lower-case letters and spaces only: hidden dimension 0 is large and positive in every embedding, so it
/// stays so to the end, and the output projection lets it rule out every other token.
/// </summary>
internal static class TinyPolicy
{
    public static readonly TransformerConfig Config = TinyCheckpoint.Config with { MaxPositions = 256, TieEmbeddings = false };

    public static readonly int EndOfTurn = TinyTokenizer.Create().SpecialId(ChatTemplate.EndToken);

    /// <param name="endsAnswers">Whether the end of turn is as likely as a letter, or ruled out.</param>
    public static TransformerWeights Weights(long seed, bool endsAnswers = false, TransformerConfig? config = null)
    {
        config ??= Config;
        var weights = TransformerWeights.Initialise(config, seed);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        weights.Embedding.narrow(1, 0, 1).fill_(1);
        weights.Output.mul_(50).narrow(1, 0, 1).fill_(-10);
        foreach (var id in " abcdefghijklmnopqrstuvwxyz".Select(c => TinyTokenizer.FirstByte + c))
            weights.Output.narrow(0, id, 1).narrow(1, 0, 1).fill_(0);
        if (endsAnswers) weights.Output.narrow(0, EndOfTurn, 1).narrow(1, 0, 1).fill_(0);
        return weights;
    }
}
