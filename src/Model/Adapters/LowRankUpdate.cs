using ChatLoop.Model.Tensors;
using ChatLoop.Model.Transformers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ChatLoop.Model.Adapters;

/// <summary>
/// What LoRA adds to the modules of one projection, which share an input: (alpha / r) B A x for each, side by side. Owns A and B.
/// </summary>
/// <param name="down">A of every module, [r, in] each, as one product.</param>
/// <param name="up">B of every module, [out, r].</param>
/// <param name="scale">alpha / r.</param>
internal sealed class LowRankUpdate(StackedWeights down, IReadOnlyList<Parameter> up, double scale) : IDisposable
{
    private readonly long _rank = up[0].shape[1];

    public IEnumerable<Parameter> Parameters => down.Parts.Zip(up).SelectMany(p => new[] { p.First, p.Second });

    /// <summary>[.., in] -> [.., out of all modules]. Differentiable.</summary>
    public Tensor Apply(Tensor x)
    {
        var bottleneck = linear(x, down.Whole).Times(scale);
        var parts = up.Select((b, i) => linear(bottleneck.narrow(-1, i * _rank, _rank), b)).ToArray();
        return parts is [var single] ? single : cat(parts, -1);
    }

    /// <summary>(alpha / r) B A of each module, [out, in].</summary>
    public IEnumerable<Tensor> Products => up.Zip(down.Parts, (b, a) => b.matmul(a).Times(scale));

    public void Dispose()
    {
        foreach (var parameter in Parameters) parameter.Dispose();
        down.Dispose();
    }
}
