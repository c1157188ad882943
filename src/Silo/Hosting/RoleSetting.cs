using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Placement;
using Microsoft.Extensions.Configuration;

namespace ChatLoop.Silo.Hosting;

/// <summary>What this process does in the cluster (setting "Silo:Roles").</summary>
public static class RoleSetting
{
    private const string Setting = "Silo:Roles";

    /// <returns>None where the process is to be no silo.</returns>
    /// <exception cref="ChatLoopException">Invalid, naming the setting: a role that there is not.</exception>
    public static SiloRole Read(IConfiguration configuration)
    {
        if (configuration[Setting] is not { } text || string.IsNullOrWhiteSpace(text)) return SiloRole.All;
        return text.Split(',').Aggregate(SiloRole.None, (roles, name) => roles | Parse(name.Trim()));
    }

    private static SiloRole Parse(string name) =>
        Enum.TryParse<SiloRole>(name, ignoreCase: true, out var role) && Enum.IsDefined(role) && !char.IsAsciiDigit(name[0])
            ? role
            : throw ChatLoopException.Invalid(
                $"{Setting} has '{name}', which is no role: it is serve, train, all, or none for a web server that has no silo. Both: --{Setting}=serve,train");
}
