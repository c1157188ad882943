using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace ChatLoop.Grains.Placement;

/// <summary>Leaves the silos that announce the role.</summary>
internal sealed class RequiredRoleDirector(ISiloMetadataCache metadata, ILocalSiloDetails local, SiloRoles roles) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var role = ((RequiredRole)filterStrategy).Role;
        return silos.Where(silo => RolesOf(silo).HasFlag(role));
    }

    /// <summary>This silo's are known before it has announced them.</summary>
    private SiloRole RolesOf(SiloAddress silo) => silo.Equals(local.SiloAddress)
        ? roles.Own
        : SiloRoles.Announced(metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(SiloRoles.MetadataKey));
}
