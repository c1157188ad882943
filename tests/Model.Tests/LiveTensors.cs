using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests;

/// <summary>Tests that count tensors run alone: the counter is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LiveTensors
{
    public const string Name = "live tensors";

    /// <summary>Tensors that somebody still holds; what other tests left to the collector does not count.</summary>
    internal static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }

    /// <summary>
    /// What TorchSharp's counter never gives back: a Parameter takes over the tensor that it is made from, which stays counted though
    /// it holds nothing any more. One for each weight of each model made.
    /// </summary>
    internal static long CountedByMistake(TransformerConfig config, int models) => models * TransformerWeights.Shapes(config).Count;
}
