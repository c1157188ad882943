using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// Weights of one width in one block of memory, one below the other: one large product beats several small ones. Each is a parameter
/// of its own under its Hugging Face name and shares the block's memory, so an optimizer's step on it shows in the block at once.
/// Owns the block; the parameters are owned by <see cref="TransformerWeights"/>.
/// </summary>
internal sealed class StackedWeights : IDisposable
{
    /// <summary>Null where there is one part only.</summary>
    private readonly Tensor? _block;

    /// <summary>Takes ownership of the tensors, [rows, D] or [rows] each.</summary>
    public StackedWeights(IReadOnlyList<Tensor> tensors)
    {
        if (tensors is [var single])
        {
            Parts = [Own(single)];
            return;
        }
        using var scope = NewDisposeScope();
        _block = cat([.. tensors], 0).DetachFromDisposeScope();
        long row = 0;
        List<Parameter> parts = [];
        foreach (var tensor in tensors)
        {
            parts.Add(Own(_block.narrow(0, row, tensor.shape[0]).detach()));
            row += tensor.shape[0];
            tensor.Dispose();
        }
        Parts = parts;
    }

    public IReadOnlyList<Parameter> Parts { get; }

    /// <summary>All parts; while gradients are wanted, a copy through which they reach the parts.</summary>
    public Tensor Whole => _block is null ? Parts[0]
        : is_grad_enabled() && Parts.Any(p => p.requires_grad) ? cat([.. Parts], 0)
        : _block;

    /// <summary>Makes a parameter of a tensor and takes it out of every dispose scope.</summary>
    public static Parameter Own(Tensor tensor)
    {
        var parameter = new Parameter(tensor, requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    public void Dispose() => _block?.Dispose();
}
