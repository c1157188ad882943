using TorchSharp.Modules;
using static ChatLoop.Model.Tensors.ScalarArithmetic;
using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// RMSNorm (Zhang and Sennrich 2019), x / rms(x) * weight; with a bias LayerNorm (Ba et al. 2016),
/// (x - mean(x)) / deviation(x) * weight + bias. Over the last dimension, which is the weight's. Differentiable.
/// </summary>
internal sealed record Norm(Parameter Weight, Parameter? Bias, double Epsilon)
{
    private static readonly long[] LastDimension = [-1];

    public Tensor Apply(Tensor x) => Bias is null
        ? x * x.Squared().mean(LastDimension, keepdim: true).Plus(Epsilon).rsqrt() * Weight
        : nn.functional.layer_norm(x, Weight.shape, Weight, Bias, Epsilon);
}
