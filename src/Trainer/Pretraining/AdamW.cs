using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2). Matrices decay, norm weights do not. The moments
/// are public by name, so that a run can be stopped and resumed exactly. Owns the moments, not the parameters.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly IReadOnlyDictionary<string, Parameter> _parameters;
    private readonly Dictionary<string, Tensor> _first;
    private readonly Dictionary<string, Tensor> _second;

    public AdamW(IReadOnlyDictionary<string, Parameter> parameters)
    {
        _parameters = parameters;
        using var noGrad = no_grad();
        _first = parameters.ToDictionary(p => p.Key, p => zeros_like(p.Value).DetachFromDisposeScope());
        _second = parameters.ToDictionary(p => p.Key, p => zeros_like(p.Value).DetachFromDisposeScope());
    }

    public double Beta1 { get; init; } = 0.9;
    public double Beta2 { get; init; } = 0.95;
    public double Epsilon { get; init; } = 1e-8;
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Updates done so far.</summary>
    public long Steps { get; set; }

    /// <summary>Running means of gradients and of their squares, by parameter name.</summary>
    public IEnumerable<(string Name, Tensor First, Tensor Second)> Moments => _parameters.Keys.Select(n => (n, _first[n], _second[n]));

    public void Step(double learningRate)
    {
        using var noGrad = no_grad();
        Steps++;
        var stepSize = learningRate / (1 - Math.Pow(Beta1, Steps));
        var secondCorrection = Math.Sqrt(1 - Math.Pow(Beta2, Steps));
        foreach (var (name, parameter) in _parameters)
        {
            using var scope = NewDisposeScope();
            if (parameter.grad is not { } gradient) continue;
            var (m, v) = (_first[name], _second[name]);
            if (parameter.dim() > 1) parameter.mul_(1 - learningRate * WeightDecay);
            m.mul_(Beta1).add_(gradient, 1 - Beta1);
            v.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            parameter.addcdiv_(m, v.sqrt().div_(secondCorrection).add_(Epsilon), -stepSize);
        }
    }

    public void ClearGradients()
    {
        foreach (var parameter in _parameters.Values) parameter.grad?.zero_();
    }

    public void Dispose()
    {
        foreach (var (_, first, second) in Moments)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
