using ChatLoop.Grains.Learning;
using ChatLoop.Model.Generation;

namespace ChatLoop.Grains.Generation;

/// <summary>The policies that this silo serves.</summary>
public interface IServedPolicies
{
    IPolicyEngine Live { get; }

    /// <summary>The version on trial; null where there is none, or while it is still being loaded.</summary>
    CanaryPolicy? Canary { get; }
}

/// <summary>A version on trial.</summary>
/// <param name="Engine">Takes requests for as long as anybody holds it, also after the trial.</param>
/// <param name="Share">Of the conversations, 0 to 1.</param>
public sealed record CanaryPolicy(IPolicyEngine Engine, int Version, double Share)
{
    /// <summary>The same for a conversation during the whole trial, on every silo; other conversations in each trial.</summary>
    public bool Serves(string conversationId) => UnitPosition.Of($"{Version}:{conversationId}") < Share;
}

/// <summary>Of a silo without trials.</summary>
public sealed class LivePolicyOnly(IPolicyEngine engine) : IServedPolicies
{
    public IPolicyEngine Live => engine;

    public CanaryPolicy? Canary => null;
}
