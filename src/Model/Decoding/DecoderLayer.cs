using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Decoding;

/// <summary>A layer's weights where the tensors (<see cref="LayerWeights"/>) or the decoder keep them.</summary>
internal sealed record DecoderLayer(
    NormVectors InputNorm, Matrix QueryKeyValue, NormVectors? QueryNorm, NormVectors? KeyNorm, Matrix AttentionOutput,
    NormVectors MlpNorm, Matrix Up, Matrix Down)
{
    public static DecoderLayer Of(LayerWeights layer) => new(
        NormVectors.Of(layer.InputNorm), MatrixOf(layer.QueryKeyValue), Optional(layer.QueryNorm), Optional(layer.KeyNorm),
        MatrixOf(layer.AttentionOutput), NormVectors.Of(layer.MlpNorm), MatrixOf(layer.Up), MatrixOf(layer.Down));

    /// <summary>The same layer with each matrix replaced.</summary>
    public DecoderLayer Select(Func<Matrix, Matrix> replace) => this with
    {
        QueryKeyValue = replace(QueryKeyValue),
        AttentionOutput = replace(AttentionOutput),
        Up = replace(Up),
        Down = replace(Down),
    };

    private static NormVectors? Optional(Norm? norm) => norm is null ? null : NormVectors.Of(norm);

    private static Matrix MatrixOf(ILinear linear)
    {
        var projection = (Projection)linear;
        return Matrix.Of(projection.Weight.Whole, projection.Bias?.Whole, projection.Transposed);
    }
}
