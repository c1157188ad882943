using ChatLoop.Model.Tensors;
using ChatLoop.Model.Transformers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Model.Adapters;

/// <summary>
/// LoRA (Hu et al. 2021, section 4.1): each targeted projection computes W x + (alpha / r) B A x with A [r, in] and B [out, r]. Only A
/// and B learn, so W can be shared with other transformers, and gradients and moments take memory for A and B alone. A is normal with
/// deviation 1 / sqrt(in) and B is 0: before the first step the model is exactly the base. Owns A and B, not W.
/// </summary>
public sealed class LowRankAdapter : IDisposable
{
    private readonly OrderedDictionary<Projection, LowRankUpdate> _updates = [];

    /// <param name="rank">r: the width of the bottleneck.</param>
    /// <param name="alpha">Scales what is learned by alpha / r.</param>
    public LowRankAdapter(TransformerWeights weights, int rank, double alpha, AdapterTargets targets, long seed)
    {
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed, CPU);
        foreach (var projection in weights.Layers.SelectMany(l => Targeted(l, targets)))
            _updates.Add(projection, Initialise(projection, rank, alpha / rank, generator));
    }

    /// <summary>A and B of every module, in the order of the layers.</summary>
    public IEnumerable<Parameter> Parameters => _updates.Values.SelectMany(u => u.Parameters);

    public long Count => Parameters.Sum(p => p.numel());

    /// <summary>Adds (alpha / r) B A to copies of the targeted weights. The result shares nothing and serves like any other.</summary>
    /// <param name="weights">Those that the adapter was made for.</param>
    internal TransformerWeights MergedWith(TransformerWeights weights)
    {
        var merged = weights.Clone();
        using var noGrad = no_grad();
        foreach (var (from, to) in weights.Layers.Zip(merged.Layers))
            foreach (var (projection, copy) in from.Projections.Zip(to.Projections))
                if (_updates.TryGetValue(projection, out var update)) copy.Add(update.Products);
        return merged;
    }

    /// <summary>A layer whose targeted projections learn.</summary>
    internal LayerWeights Over(LayerWeights layer) => layer with
    {
        QueryKeyValue = Over(layer.QueryKeyValue),
        AttentionOutput = Over(layer.AttentionOutput),
        Up = Over(layer.Up),
        Down = Over(layer.Down),
    };

    private ILinear Over(ILinear linear) =>
        linear is Projection projection && _updates.TryGetValue(projection, out var update) ? new AdaptedProjection(projection, update) : linear;

    private static IEnumerable<Projection> Targeted(LayerWeights layer, AdapterTargets targets) => targets switch
    {
        AdapterTargets.Attention => layer.Projections.Take(2),
        AdapterTargets.Mlp => layer.Projections.Skip(2),
        _ => layer.Projections,
    };

    private static LowRankUpdate Initialise(Projection projection, int rank, double scale, Generator generator)
    {
        using var scope = NewDisposeScope();
        var down = projection.Modules.Select(m => ScalarArithmetic.Normal(1 / Math.Sqrt(m.In), [rank, m.In], generator)).ToArray();
        return new(new StackedWeights(down), [.. projection.Modules.Select(m => StackedWeights.Own(zeros(m.Out, rank)))], scale);
    }

    public void Dispose()
    {
        foreach (var update in _updates.Values) update.Dispose();
    }
}
