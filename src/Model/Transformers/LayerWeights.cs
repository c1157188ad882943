using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>The nine tensors of one layer. Those that multiply the same input are stacked: one large product beats several small ones.</summary>
internal sealed class LayerWeights : IDisposable
{
    private readonly StackedWeights _queryKeyValue;
    private readonly StackedWeights _gateUp;

    /// <summary>Takes ownership of the layer's tensors and adds its parameters to <paramref name="byName"/>.</summary>
    public LayerWeights(SortedDictionary<string, Parameter> byName, IReadOnlyDictionary<string, Tensor> tensors, int index)
    {
        var layer = $"model.layers.{index}.";
        _queryKeyValue = Stack("self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight");
        _gateUp = Stack("mlp.gate_proj.weight", "mlp.up_proj.weight");
        AttentionOutput = Own("self_attn.o_proj.weight");
        Down = Own("mlp.down_proj.weight");
        InputNorm = Own("input_layernorm.weight");
        MlpNorm = Own("post_attention_layernorm.weight");

        Parameter Own(string name) => byName[layer + name] = StackedWeights.Own(tensors[layer + name]);

        StackedWeights Stack(params string[] names)
        {
            var stacked = new StackedWeights([.. names.Select(n => tensors[layer + n])]);
            foreach (var (name, part) in names.Zip(stacked.Parts)) byName[layer + name] = part;
            return stacked;
        }
    }

    /// <summary>[(H + 2 G) E, D].</summary>
    public Tensor QueryKeyValue => _queryKeyValue.Whole;
    /// <summary>[2 F, D].</summary>
    public Tensor GateUp => _gateUp.Whole;
    /// <summary>[D, H E].</summary>
    public Parameter AttentionOutput { get; }
    /// <summary>[D, F].</summary>
    public Parameter Down { get; }
    /// <summary>[D].</summary>
    public Parameter InputNorm { get; }
    /// <summary>[D].</summary>
    public Parameter MlpNorm { get; }

    public void Dispose()
    {
        _queryKeyValue.Dispose();
        _gateUp.Dispose();
    }
}

/// <summary>
/// Matrices of one width in one block of memory, one below the other. Each is a parameter of its own under its Hugging Face name and
/// shares the block's memory, so an optimizer's step on it shows in the block at once.
/// </summary>
internal sealed class StackedWeights : IDisposable
{
    private readonly Tensor _block;

    /// <summary>Takes ownership of the matrices, [rows, D] each.</summary>
    public StackedWeights(IReadOnlyList<Tensor> matrices)
    {
        using var scope = NewDisposeScope();
        _block = cat([.. matrices], 0).DetachFromDisposeScope();
        long row = 0;
        List<Parameter> parts = [];
        foreach (var matrix in matrices)
        {
            parts.Add(Own(_block.narrow(0, row, matrix.shape[0]).detach()));
            row += matrix.shape[0];
            matrix.Dispose();
        }
        Parts = parts;
    }

    public IReadOnlyList<Parameter> Parts { get; }

    /// <summary>The block; while gradients are wanted, a copy through which they reach the parts.</summary>
    public Tensor Whole => is_grad_enabled() && Parts.Any(p => p.requires_grad) ? cat([.. Parts], 0) : _block;

    /// <summary>Makes a parameter of a tensor and takes it out of every dispose scope.</summary>
    public static Parameter Own(Tensor tensor)
    {
        var parameter = new Parameter(tensor, requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    public void Dispose() => _block.Dispose();
}
