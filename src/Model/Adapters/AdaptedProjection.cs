using ChatLoop.Model.Tensors;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Adapters;

/// <summary>A projection and what is learned beside it. Owns neither.</summary>
internal sealed class AdaptedProjection(Projection projection, LowRankUpdate update) : ILinear
{
    public Tensor Apply(Tensor x) => projection.Apply(x).Plus(update.Apply(x));
}
