using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Decoding;

/// <summary>
/// A transformer's weights as the kernels read them: where its tensors keep them, or rounded in memory of its own. Made on any thread, so
/// that a swap costs the thread that decodes nothing. Owns what it rounded; the tensors must outlive it in their place.
/// </summary>
public sealed class DecoderWeights : IDisposable
{
    private readonly TransformerWeights _weights;
    private readonly List<Int8Matrix> _rounded = [];

    /// <param name="precision">Of all matrices but the embeddings that tokens are looked up in.</param>
    /// <exception cref="ArgumentException">The weights are not in the processor's memory.</exception>
    public DecoderWeights(TransformerWeights weights, DecodingPrecision precision = DecodingPrecision.AsStored)
    {
        _weights = weights;
        // Where gradients are wanted a stack is a copy, else the memory that the parameters share.
        using (no_grad())
        {
            Layers = [.. weights.Layers.Select(DecoderLayer.Of)];
            FinalNorm = NormVectors.Of(weights.FinalNorm);
            Embedding = Matrix.Of(weights.Embedding);
            Positions = weights.PositionEmbedding is { } learned ? Matrix.Of(learned) : null;
            Output = Matrix.Of(weights.Output);
        }
        if (precision != DecodingPrecision.Int8) return;
        Layers = [.. Layers.Select(layer => layer.Select(Round))];
        Output = Round(Output);
    }

    public TransformerConfig Config => _weights.Config;

    internal DecoderLayer[] Layers { get; }
    internal NormVectors FinalNorm { get; }
    internal Matrix Embedding { get; }
    internal Matrix? Positions { get; }
    internal Matrix Output { get; }

    /// <summary>To be called after their last use in a step: the addresses alone keep no tensor alive.</summary>
    internal void KeepAlive() => GC.KeepAlive(_weights);

    private Matrix Round(Matrix matrix)
    {
        var rounded = Int8Matrix.Of(matrix);
        _rounded.Add(rounded);
        return rounded.Matrix;
    }

    public void Dispose()
    {
        foreach (var matrix in _rounded) matrix.Dispose();
    }
}
