using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Engine.Bench;

/// <summary>One sequence that decodes after a context, by TorchSharp.</summary>
internal sealed class TorchDecoding : IDisposable
{
    private readonly Transformer _transformer;
    private readonly KeyValueCache _cache;
    private readonly int _threads;
    private readonly int _context;
    private readonly int _steps;

    public TorchDecoding(TransformerWeights weights, int threads, int context, int steps, int rounds)
    {
        (_threads, _context, _steps) = (threads, context, steps);
        // Not disposed: the weights would be, too.
        _transformer = new Transformer(weights);
        _cache = new KeyValueCache(weights.Config, slots: 1, context + steps * rounds);
    }

    public void Begin()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (_cache.Used > 0) _cache.Remove(0);
        _cache.Add();
        _transformer.Hidden(arange(_context, ScalarType.Int64).view(1, _context), _cache);
    }

    public void Decode()
    {
        set_num_threads(_threads);
        using var noGrad = no_grad();
        for (var step = 0; step < _steps; step++)
        {
            using var ofStep = NewDisposeScope();
            _transformer.Logits(_transformer.Hidden(tensor([7L]).view(1, 1), _cache));
        }
    }

    public void Dispose() => _cache.Dispose();
}
