using ChatLoop.Grains.Generation;
using ChatLoop.Model.Generation;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>A live policy and, when the test says so, one on trial; both say what the test says.</summary>
public sealed class ScriptedPolicies(ScriptedEngine live) : IServedPolicies
{
    public IPolicyEngine Live => live;
    public CanaryPolicy? Canary { get; private set; }
    public ScriptedEngine OnTrial { get; } = new();

    public void Try(int version, double share = 1) => Canary = new(OnTrial, version, share);
    public void EndTrial() => Canary = null;
}
