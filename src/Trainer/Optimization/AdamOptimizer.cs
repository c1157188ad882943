using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Optimization;

/// <summary>
/// Adam with decoupled weight decay (Kingma and Ba 2015, Loshchilov and Hutter 2019), epsilon added to the bias-corrected root as
/// PyTorch does: theta -= lr * wd * theta; theta -= lr * m_hat / (sqrt(v_hat) + epsilon). Owns two moments per parameter.
/// Parameters without a gradient are left alone. Not thread-safe.
/// </summary>
public sealed class AdamOptimizer : IDisposable
{
    private readonly Moments[] _moments;
    private int _step;

    /// <param name="epsilon">1e-5 for PPO, as in OpenAI's code: 1e-8 makes tiny gradients take whole steps (Huang et al. 2023).</param>
    public AdamOptimizer(IEnumerable<Parameter> parameters, double epsilon, double weightDecay = 0, double beta1 = 0.9, double beta2 = 0.999)
    {
        (Epsilon, WeightDecay, Beta1, Beta2) = (epsilon, weightDecay, beta1, beta2);
        _moments = [.. parameters.Select(p => new Moments(p))];
    }

    public double Epsilon { get; }
    public double WeightDecay { get; }
    public double Beta1 { get; }
    public double Beta2 { get; }

    /// <summary>One update with the gradients at hand.</summary>
    public void Step(double learningRate)
    {
        _step++;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var firstCorrection = 1 - Math.Pow(Beta1, _step);
        var secondCorrection = 1 - Math.Pow(Beta2, _step);
        foreach (var (parameter, first, second) in _moments)
        {
            if (parameter.grad is not { } gradient) continue;
            if (WeightDecay != 0) parameter.mul_(1 - learningRate * WeightDecay);
            first.mul_(Beta1).add_(gradient, alpha: 1 - Beta1);
            second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            var root = second.sqrt().mul_(1 / Math.Sqrt(secondCorrection)).add_(Epsilon);
            parameter.addcdiv_(first, root, -learningRate / firstCorrection);
        }
    }

    /// <summary>Forgets the gradients; called before each accumulation.</summary>
    public void ZeroGradients()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, _, _) in _moments) parameter.grad?.zero_();
    }

    public void Dispose()
    {
        foreach (var (_, first, second) in _moments)
        {
            first.Dispose();
            second.Dispose();
        }
    }

    private sealed class Moments(Parameter parameter)
    {
        private readonly Tensor _first = zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
        private readonly Tensor _second = zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();

        public void Deconstruct(out Parameter owner, out Tensor first, out Tensor second) =>
            (owner, first, second) = (parameter, _first, _second);
    }
}
