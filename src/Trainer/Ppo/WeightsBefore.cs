using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Ppo;

/// <summary>The weights of before the last update, to go back to. Owns its copies, which take as much memory as what learns.</summary>
internal sealed class WeightsBefore(IEnumerable<Parameter> parameters) : IDisposable
{
    private readonly Parameter[] _parameters = [.. parameters];
    private Tensor[] _copies = [];

    public void Keep()
    {
        using var noGrad = no_grad();
        if (_copies.Length == 0) _copies = [.. _parameters.Select(p => empty_like(p, requires_grad: false).DetachFromDisposeScope())];
        foreach (var (copy, parameter) in _copies.Zip(_parameters)) copy.copy_(parameter);
    }

    public void Restore()
    {
        using var noGrad = no_grad();
        foreach (var (copy, parameter) in _copies.Zip(_parameters)) parameter.copy_(copy);
    }

    public void Dispose()
    {
        foreach (var copy in _copies) copy.Dispose();
    }
}
