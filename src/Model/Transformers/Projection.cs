using static ChatLoop.Model.Tensors.ScalarArithmetic;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// x Wᵀ + b. Weights of 16 bits are widened to the input's type, a block of rows at a time, so that the product is that of the stored
/// numbers and no whole wide copy is ever in memory.
/// </summary>
/// <param name="transposed">The matrix is stored as [in, out], which transformers calls Conv1D.</param>
internal sealed class Projection(StackedWeights weight, StackedWeights? bias, bool transposed) : ILinear, IDisposable
{
    /// <summary>4 MiB of Float32: a block stays in the cache between widening and product.</summary>
    private const long BlockElements = 1 << 20;

    private readonly bool _wide = weight.Parts[0].dtype == ScalarType.Float32;

    /// <summary>All modules below each other, [out, in]; [in, out] when transposed.</summary>
    public StackedWeights Weight => weight;

    /// <summary>[out]; null where there is none.</summary>
    public StackedWeights? Bias => bias;

    public bool Transposed => transposed;

    /// <summary>The modules that are stacked in it, by their sizes.</summary>
    public IEnumerable<(long In, long Out)> Modules =>
        weight.Parts.Select(p => transposed ? (p.shape[0], p.shape[1]) : (p.shape[1], p.shape[0]));

    public Tensor Apply(Tensor x)
    {
        var matrix = transposed ? weight.Whole.t() : weight.Whole;
        return _wide ? linear(x, matrix, bias?.Whole) : Linear(x, matrix, bias?.Whole);
    }

    /// <summary>x Wᵀ + b with a matrix [out, in] and a bias [out], [.., in] -> [.., out].</summary>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (weight.dtype == x.dtype) return linear(x, weight, bias);
        var (rows, width) = (weight.shape[0], weight.shape[1]);
        var block = Math.Max(1, BlockElements / width);
        using var scope = NewDisposeScope();
        List<Tensor> parts = [];
        for (long row = 0; row < rows; row += block)
        {
            using var ofBlock = NewDisposeScope();
            var wide = weight.narrow(0, row, Math.Min(block, rows - row)).to(x.dtype);
            parts.Add(linear(x, wide).MoveToOuterDisposeScope());
        }
        var product = parts is [var single] ? single : cat(parts, -1);
        return (bias is null ? product : product.Plus(bias)).MoveToOuterDisposeScope();
    }

    /// <summary>Adds to the weight of every module, in place; [out, in] each.</summary>
    public void Add(IEnumerable<Tensor> changes)
    {
        using var scope = NewDisposeScope();
        foreach (var (part, change) in weight.Parts.Zip(changes)) part.Add(transposed ? change.t() : change, 1);
    }

    public void Dispose()
    {
        weight.Dispose();
        bias?.Dispose();
    }
}
