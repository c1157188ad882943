using Microsoft.Extensions.DependencyInjection;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace ChatLoop.Grains.Placement;

/// <summary>The roles of this silo, and how it tells the others.</summary>
public sealed record SiloRoles(SiloRole Own)
{
    internal const string MetadataKey = "chatloop-roles";

    /// <summary>Announces the roles, and places grains by them.</summary>
    public static void Use(ISiloBuilder silo, SiloRole own)
    {
        silo.UseSiloMetadata(new Dictionary<string, string> { [MetadataKey] = own.ToString() });
        silo.Services.AddSingleton(new SiloRoles(own));
        // A strategy holds the role of one grain type: a single object for all would have that of whichever type came last.
        silo.Services.AddPlacementFilter<RequiredRole, RequiredRoleDirector>(ServiceLifetime.Transient);
    }

    /// <summary>A role that a silo of another version announces may be unknown here: it counts for nothing then.</summary>
    internal static SiloRole Announced(string? roles) => (roles ?? "").Split(',')
        .Aggregate(SiloRole.None, (all, name) => Enum.TryParse<SiloRole>(name.Trim(), out var known) ? all | known : all);
}
