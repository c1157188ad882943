using ChatLoop.Model.Transformers;

namespace ChatLoop.Training.Bench;

/// <summary>The model that is measured, and the useful work of a training step on it.</summary>
internal static class Shape
{
    public static TransformerConfig Config { get; } = new()
    {
        VocabularySize = 32_000,
        HiddenSize = 768,
        IntermediateSize = 2048,
        Layers = 12,
        Heads = 12,
        KeyValueHeads = 12,
        MaxPositions = 1024,
    };

    /// <summary>Weights in the layers' matrices: a token multiplies each once in a forward pass.</summary>
    public static double LayerWeights { get; } = Config.Layers
        * ((4.0 * Config.HiddenSize * Config.HiddenSize) + (3.0 * Config.HiddenSize * Config.IntermediateSize));

    /// <summary>
    /// Floating-point operations that a step cannot do without: 2 per weight and token forward, 4 backward (2 where no weight has a
    /// gradient), and the causal half of attention's two products. Padding is no useful work, and neither are logits where no answer
    /// token is predicted. Norms, rotations, softmax and Adam are left out.
    /// </summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="predictions">Answer tokens that a distribution over the vocabulary is computed for; 0 for a reward model.</param>
    public static double UsefulOperations(IEnumerable<int> lengths, int predictions, bool frozen = false)
    {
        double perWeight = frozen ? 4 : 6;
        int[] all = [.. lengths];
        var attention = all.Sum(t => 2.0 * Config.Layers * t * t * Config.HiddenSize);
        return (perWeight * LayerWeights * all.Sum()) + (3 * attention) + (perWeight * Config.VocabularySize * Config.HiddenSize * predictions);
    }
}
