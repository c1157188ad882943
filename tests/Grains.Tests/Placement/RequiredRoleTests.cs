using System.Collections.Immutable;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Placement;

namespace ChatLoop.Grains.Tests.Placement;

/// <summary>Grains of different roles live on the same silo: each is placed by its own.</summary>
public sealed class RequiredRoleTests
{
    /// <summary>Orleans takes a strategy for each grain type from the container and tells it the type's role: one object for all would have the last one's.</summary>
    [Fact]
    public async Task Each_grain_type_keeps_its_own_role()
    {
        await using var cluster = await GrainCluster.Start();
        var serving = StrategyFor(cluster, SiloRole.Serve);
        var training = StrategyFor(cluster, SiloRole.Train);
        Assert.Equal((SiloRole.Serve, SiloRole.Train), (serving.Role, training.Role));
    }

    private static RequiredRole StrategyFor(GrainCluster cluster, SiloRole role)
    {
        var strategy = (RequiredRole)cluster.Silo.GetRequiredKeyedService<PlacementFilterStrategy>(nameof(RequiredRole));
        Dictionary<string, string> properties = [];
        new RequiredRole(role).PopulateGrainProperties(cluster.Silo, typeof(RequiredRoleTests), GrainType.Create("test"), properties);
        strategy.Initialize(new GrainProperties(properties.ToImmutableDictionary(StringComparer.Ordinal)));
        return strategy;
    }
}
