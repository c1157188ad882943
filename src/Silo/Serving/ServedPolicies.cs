using ChatLoop.Grains.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Silo.Serving;

/// <summary>The live engine, and the canary's as its service sets it.</summary>
internal sealed class ServedPolicies(IPolicyEngine live) : IServedPolicies
{
    private volatile CanaryPolicy? _canary;

    public IPolicyEngine Live => live;

    public CanaryPolicy? Canary
    {
        get => _canary;
        set => _canary = value;
    }
}
