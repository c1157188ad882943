using System.Globalization;
using Orleans.Metadata;
using Orleans.Placement;

namespace ChatLoop.Grains.Placement;

/// <summary>The grain is placed on silos that have this role, wherever it is called from.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresRoleAttribute(SiloRole role) : PlacementFilterAttribute(new RequiredRole(role))
{
    public SiloRole Role => role;
}

/// <summary>
/// Orleans' own RequiredMatchSiloMetadata asks for silos that are like the calling one; here the grain says what it needs. See ADR 0026.
/// </summary>
/// <param name="role">One role.</param>
public sealed class RequiredRole(SiloRole role) : PlacementFilterStrategy(order: 0)
{
    private const string Property = "chatloop-role";

    /// <summary>Orleans makes one and then initialises it.</summary>
    public RequiredRole() : this(SiloRole.None)
    {
    }

    public SiloRole Role { get; private set; } = role;

    public override void AdditionalInitialize(GrainProperties properties) =>
        Role = (SiloRole)int.Parse(GetPlacementFilterGrainProperty(Property, properties)!, CultureInfo.InvariantCulture);

    protected override IEnumerable<KeyValuePair<string, string>> GetAdditionalGrainProperties(
        IServiceProvider services, Type grainClass, GrainType grainType, IReadOnlyDictionary<string, string> existingProperties) =>
        [new(Property, ((int)Role).ToString(CultureInfo.InvariantCulture))];
}
