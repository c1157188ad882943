using Microsoft.Extensions.Configuration;

namespace ChatLoop.Silo.Operations;

/// <summary>Orleans' dashboard (section "Dashboard"): which grains are where, and how long their calls take.</summary>
public sealed record DashboardSettings
{
    public const string Section = "Dashboard";

    /// <summary>On every silo and web server of a cluster, or on none.</summary>
    public bool Enabled { get; init; }

    public static DashboardSettings Read(IConfiguration configuration) => configuration.GetSection(Section).Get<DashboardSettings>() ?? new();
}
