using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Optimization;

/// <summary>
/// What Adam knows of a policy, between two trainings: moments and updates so far, by weight and under PyTorch's names (exp_avg,
/// exp_avg_sq, step). Twice the size of the weights. Owns its copies.
/// </summary>
public sealed class OptimizerMemory : IDisposable
{
    private const string StepName = "step";

    private readonly Tensor[] _moments;
    private readonly Tensor _step = zeros(1).DetachFromDisposeScope();
    private readonly Dictionary<string, Tensor> _tensors;

    public OptimizerMemory(TransformerWeights weights)
    {
        _moments = [.. weights.Parameters.SelectMany(p => Enumerable.Repeat(p, 2)).Select(p => zeros_like(p, requires_grad: false).DetachFromDisposeScope())];
        _tensors = new() { [StepName] = _step };
        foreach (var (name, moments) in weights.ByName.Keys.Zip(_moments.Chunk(2)))
            (_tensors[$"exp_avg.{name}"], _tensors[$"exp_avg_sq.{name}"]) = (moments[0], moments[1]);
    }

    /// <summary>What <see cref="CheckpointContents.Optimizer"/> holds.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <exception cref="InvalidDataException">The file is damaged or of other weights; the message names the first tensor that does not fit.</exception>
    public void Read(string path) => Safetensors.ReadInto(path, _tensors);

    /// <summary>Gives an optimiser of the same weights, in the same order, what was kept; a memory that is new gives zeros.</summary>
    public void Recall(AdamOptimizer optimizer)
    {
        using var noGrad = no_grad();
        foreach (var (moment, kept) in optimizer.State.Zip(_moments)) moment.copy_(kept);
        optimizer.Steps = (long)_step.item<float>();
    }

    public void Keep(AdamOptimizer optimizer)
    {
        using var noGrad = no_grad();
        foreach (var (kept, moment) in _moments.Zip(optimizer.State)) kept.copy_(moment);
        using var steps = tensor([(float)optimizer.Steps]);
        _step.copy_(steps);
    }

    public void Dispose()
    {
        foreach (var moment in _moments) moment.Dispose();
        _step.Dispose();
    }
}
