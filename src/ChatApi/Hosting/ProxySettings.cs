using System.Net;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace ChatLoop.ChatApi.Hosting;

/// <summary>
/// The proxies before this service, from the section "Proxy". What others write into X-Forwarded-For and X-Forwarded-Proto is not
/// believed: anybody can write there, and limits by address count on it.
/// </summary>
public sealed class ProxySettings
{
    public const string Section = "Proxy";

    /// <summary>Addresses.</summary>
    public IReadOnlyList<string> KnownProxies { get; set; } = [];
    /// <summary>Networks, like 10.0.0.0/8.</summary>
    public IReadOnlyList<string> KnownNetworks { get; set; } = [];
    /// <summary>Proxies in a row.</summary>
    public int ForwardLimit { get; set; } = 1;

    /// <exception cref="ChatLoopException">Invalid, naming the setting.</exception>
    public static ProxySettings Read(IConfiguration configuration)
    {
        var settings = configuration.GetSection(Section).Get<ProxySettings>() ?? new();
        if (settings.ForwardLimit is < 1 or > 16) throw ChatLoopException.Invalid($"{Section}:{nameof(ForwardLimit)} is {settings.ForwardLimit}: it is 1 to 16.");
        _ = settings.Options();
        return settings;
    }

    /// <summary>First of all, so that everything else sees the caller's address.</summary>
    public void Use(IApplicationBuilder app)
    {
        if (KnownProxies.Count + KnownNetworks.Count > 0) app.UseForwardedHeaders(Options());
    }

    private ForwardedHeadersOptions Options()
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = ForwardLimit };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var text in KnownProxies) options.KnownProxies.Add(IPAddress.TryParse(text, out var proxy) ? proxy : throw Wrong(nameof(KnownProxies), text, "an address, like 10.0.0.5"));
        foreach (var text in KnownNetworks) options.KnownIPNetworks.Add(IPNetwork.TryParse(text, out var network) ? network : throw Wrong(nameof(KnownNetworks), text, "a network, like 10.0.0.0/8"));
        return options;
    }

    private static ChatLoopException Wrong(string name, string text, string form) => ChatLoopException.Invalid($"{Section}:{name} has '{text}', which is not {form}.");
}
