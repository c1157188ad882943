using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.ResumePoints;

/// <summary>
/// All that a training changes as it goes, by name: weights, and optimisers with their moments and step counts. Owns nothing.
/// </summary>
public sealed class TrainingState
{
    private readonly Dictionary<string, Tensor> _tensors = [];
    private readonly Dictionary<string, AdamOptimizer> _optimizers = [];

    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;
    public IReadOnlyDictionary<string, AdamOptimizer> Optimizers => _optimizers;

    public TrainingState With(string name, TransformerWeights weights)
    {
        foreach (var (weight, parameter) in weights.ByName) _tensors.Add($"{name}.{weight}", parameter);
        return this;
    }

    public TrainingState With(string name, IEnumerable<Tensor> tensors) => WithNumbered(name, tensors);

    public TrainingState With(string name, AdamOptimizer optimizer)
    {
        _optimizers.Add(name, optimizer);
        return WithNumbered(name, optimizer.State);
    }

    private TrainingState WithNumbered(string name, IEnumerable<Tensor> tensors)
    {
        foreach (var (number, tensor) in tensors.Index()) _tensors.Add($"{name}.{number}", tensor);
        return this;
    }
}
