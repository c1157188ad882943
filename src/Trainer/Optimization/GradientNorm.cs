using ChatLoop.Model.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Optimization;

/// <summary>Gradient clipping by the norm over all parameters (Pascanu et al. 2013).</summary>
public static class GradientNorm
{
    /// <summary>
    /// Scales all gradients by maximum / (norm + 1e-6) where the norm exceeds the maximum. Returns the norm before.
    /// </summary>
    public static double Clip(IEnumerable<Parameter> parameters, double maximum)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. parameters.Select(p => p.grad).OfType<Tensor>()];
        if (gradients.Length == 0) return 0;
        var norm = stack([.. gradients.Select(g => g.Squared().sum())]).sum().sqrt().to(ScalarType.Float64).item<double>();
        var coefficient = maximum / (norm + 1e-6);
        if (coefficient < 1)
            foreach (var gradient in gradients) gradient.Scale(coefficient);
        return norm;
    }
}
