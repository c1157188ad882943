using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Ppo;

/// <summary>The weights of before the last update, to go back to. Owns its copies, which take as much memory as what learns.</summary>
internal sealed class WeightsBefore : IDisposable
{
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _copies;

    public WeightsBefore(IEnumerable<Parameter> parameters)
    {
        using var noGrad = no_grad();
        _parameters = [.. parameters];
        _copies = [.. _parameters.Select(p => p.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Until anything is kept, the weights as they began.</summary>
    public IReadOnlyList<Tensor> Copies => _copies;

    public void Keep() => Copy(_parameters, _copies);

    public void Restore() => Copy(_copies, _parameters);

    private static void Copy(IEnumerable<Tensor> from, IEnumerable<Tensor> to)
    {
        using var noGrad = no_grad();
        foreach (var (source, target) in from.Zip(to)) target.copy_(source);
    }

    public void Dispose()
    {
        foreach (var copy in _copies) copy.Dispose();
    }
}
