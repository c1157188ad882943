using ChatLoop.Model.Transformers;
using TorchSharp;

namespace ChatLoop.Model.Decoding;

/// <summary>How the kernels run; where tensor operations decode, nothing of it matters.</summary>
/// <param name="Threads">That compute, the caller's included.</param>
/// <param name="CacheBlocks">Memory of all sequences and of what they may share; when null, so much that every sequence can be full.</param>
public sealed record DecodingOptions(int Threads = 1, int? CacheBlocks = null, DecodingPrecision Precision = DecodingPrecision.AsStored)
{
    /// <summary>
    /// What the kernels need of a transformer; null where they do not compute it, since it has an adapter or is on another device.
    /// </summary>
    public DecoderWeights? Prepare(Transformer transformer) =>
        transformer.Adapter is null && transformer.Weights.Embedding.device_type == DeviceType.CPU ? new(transformer.Weights, Precision) : null;
}
