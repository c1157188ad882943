using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ChatLoop.Silo.Hosting;

namespace ChatLoop.ChatApi.Hosting;

/// <summary>Where the service listens, and whether it can.</summary>
public static class ListenAddresses
{
    private const string Default = "http://127.0.0.1:5080";

    /// <summary>Sets the default address unless the operator chose one by any of ASP.NET's settings.</summary>
    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        string[] settings = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];
        if (settings.All(s => string.IsNullOrWhiteSpace(builder.Configuration[s])) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(Default);
    }

    /// <summary>
    /// Pages of other sites can reach a service on this machine by a host name of theirs that leads here (DNS rebinding). So one
    /// that listens on this machine only answers to this machine's names only, unless AllowedHosts says otherwise.
    /// </summary>
    public static void UseLocalHostNames(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration["AllowedHosts"]) && Of(builder.Configuration) is { Count: > 0 } all && all.All(IsLocal))
            builder.Configuration["AllowedHosts"] = "localhost;127.0.0.1;[::1]";
    }

    /// <summary>
    /// Finds a taken port before anything else starts: the silo and the model take seconds, and the port is what is wrong when
    /// somebody starts the service twice.
    /// </summary>
    /// <exception cref="StartRefusedException">An address is no address, is taken, or may not be used.</exception>
    public static void RequireFree(IConfiguration configuration)
    {
        foreach (var address in Of(configuration).Where(a => !a.IsUnixPipe && !a.IsNamedPipe && a.Port != 0)) RequireFree(address);
    }

    private static void RequireFree(BindingAddress address)
    {
        try
        {
            using var probe = new TcpListener(EndPointOf(address));
            probe.Start();
        }
        catch (SocketException e)
        {
            throw new StartRefusedException(e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => string.Create(CultureInfo.InvariantCulture,
                    $"Port {address.Port} is in use by another program. If that is ChatLoop, open {address}; otherwise choose a free port: --urls={address.Scheme}://{address.Host}:{address.Port + 1}"),
                SocketError.AccessDenied => $"{address} may not be used by this account. Choose a port above 1023: --urls={address.Scheme}://{address.Host}:5080",
                _ => $"{address} cannot be listened on ({e.Message}). Choose an address of this machine: --urls={Default}",
            }, e);
        }
    }

    private static IReadOnlyList<BindingAddress> Of(IConfiguration configuration) =>
        [.. (configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw new StartRefusedException($"'{url}' is no address to listen on. Write it like --urls={Default}", e);
        }
    }

    private static IPEndPoint EndPointOf(BindingAddress address)
    {
        if (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)) return new(IPAddress.Loopback, address.Port);
        return new(IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) ? ip : IPAddress.Any, address.Port);
    }

    private static bool IsLocal(BindingAddress address) =>
        string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
