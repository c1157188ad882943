using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Configuration;

namespace ChatLoop.Silo.Hosting;

/// <summary>The ports that silos and clients of the cluster talk on. Where none is configured, free ones are taken.</summary>
internal sealed record SiloPorts(int Silo, int Gateway)
{
    private const string SiloSetting = "Silo:Port";
    private const string GatewaySetting = "Silo:GatewayPort";

    /// <exception cref="ChatLoopException">Invalid, naming the setting: no port number, or in use.</exception>
    public static SiloPorts Choose(IConfiguration configuration)
    {
        var silo = Configured(configuration, SiloSetting);
        var gateway = Configured(configuration, GatewaySetting);
        if (silo is not null && silo == gateway)
            throw ChatLoopException.Invalid($"{SiloSetting} and {GatewaySetting} are both {silo}: they must differ.");
        return new(silo ?? Free(), gateway ?? Free());
    }

    /// <summary>The port that the setting names; null where it leaves the choice to us.</summary>
    /// <exception cref="ChatLoopException">Invalid, naming the setting: no port number.</exception>
    public static int? Of(IConfiguration configuration, string setting)
    {
        if (string.IsNullOrWhiteSpace(configuration[setting])) return null;
        if (!int.TryParse(configuration[setting], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
            throw ChatLoopException.Invalid($"{setting} is '{configuration[setting]}': it must be a port number up to {IPEndPoint.MaxPort}, or 0 for a free port.");
        return port == 0 ? null : port;
    }

    private static int? Configured(IConfiguration configuration, string setting)
    {
        if (Of(configuration, setting) is not { } port) return null;
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return port;
        }
        catch (SocketException e)
        {
            throw ChatLoopException.Invalid($"Port {port} ({setting}) cannot be used: {e.Message}. Choose another: --{setting}={port + 1}");
        }
    }

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
