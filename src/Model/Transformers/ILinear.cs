using static TorchSharp.torch;

namespace ChatLoop.Model.Transformers;

/// <summary>A linear map of a layer.</summary>
internal interface ILinear
{
    /// <summary>[.., in] -> [.., out]. Differentiable.</summary>
    Tensor Apply(Tensor x);
}
