using ChatLoop.Model.Tensors;
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

    /// <param name="epsilon">1e-5 for PPO, as in OpenAI's code: 1e-8 makes tiny gradients take whole steps (Huang et al. 2023).</param>
    /// <param name="decays">Which parameters decay; all when null.</param>
    public AdamOptimizer(
        IEnumerable<Parameter> parameters, double epsilon, double weightDecay = 0, double beta1 = 0.9, double beta2 = 0.999,
        Func<Parameter, bool>? decays = null)
    {
        (Epsilon, WeightDecay, Beta1, Beta2) = (epsilon, weightDecay, beta1, beta2);
        _moments = [.. parameters.Select(p => new Moments(p, decays?.Invoke(p) ?? true))];
    }

    public double Epsilon { get; }
    public double WeightDecay { get; }
    public double Beta1 { get; }
    public double Beta2 { get; }

    /// <summary>Updates so far; together with <see cref="State"/> and <see cref="Gradients"/> all that a resumed run needs.</summary>
    public long Steps { get; set; }

    /// <summary>Both moments of every parameter, in the order of the parameters.</summary>
    public IEnumerable<Tensor> State => _moments.SelectMany(m => new[] { m.First, m.Second });

    /// <summary>
    /// Which parameters have a gradient, in their order: those move on by their momentum even where a minibatch says nothing of them.
    /// Setting it gives zeros to those that lack one.
    /// </summary>
    public IReadOnlyList<bool> Gradients
    {
        get => [.. _moments.Select(m => m.Parameter.grad is not null)];
        set
        {
            foreach (var (moments, has) in _moments.Zip(value))
            {
                if (!has || moments.Parameter.grad is not null) continue;
                using var zeros = zeros_like(moments.Parameter, requires_grad: false);
                moments.Parameter.grad = zeros;
            }
        }
    }

    /// <summary>One update with the gradients at hand.</summary>
    public void Step(double learningRate)
    {
        Steps++;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var firstCorrection = 1 - Math.Pow(Beta1, Steps);
        var secondCorrection = 1 - Math.Pow(Beta2, Steps);
        foreach (var moments in _moments)
        {
            var (parameter, first, second) = (moments.Parameter, moments.First, moments.Second);
            if (parameter.grad is not { } gradient) continue;
            if (WeightDecay != 0 && moments.Decays) parameter.Scale(1 - learningRate * WeightDecay);
            first.Scale(Beta1).Add(gradient, 1 - Beta1);
            second.Scale(Beta2).AddProduct(gradient, gradient, 1 - Beta2);
            var root = second.Over(secondCorrection).sqrt().Add(Epsilon);
            parameter.AddQuotient(first, root, -learningRate / firstCorrection);
        }
    }

    /// <summary>Forgets the gradients; called before each accumulation.</summary>
    public void ZeroGradients()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var moments in _moments) moments.Parameter.grad?.zero_();
    }

    public void Dispose()
    {
        foreach (var moment in State) moment.Dispose();
    }

    private sealed class Moments(Parameter parameter, bool decays)
    {
        public Parameter Parameter => parameter;
        public bool Decays => decays;
        public Tensor First { get; } = zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
        public Tensor Second { get; } = zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
    }
}
