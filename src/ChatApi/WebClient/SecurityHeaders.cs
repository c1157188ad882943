namespace ChatLoop.ChatApi.WebClient;

/// <summary>Headers of every answer that tell browsers what the page may do: nothing but talk to its own server.</summary>
public static class SecurityHeaders
{
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        // On starting, because an answer that becomes an error is cleared first.
        http.Response.OnStarting(Add, http);
        return next(http);
    });

    private static Task Add(object state)
    {
        var http = (HttpContext)state;
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy(http.Request.Host);
        // Behind a proxy, https is what the proxy says (Proxy:KnownProxies). Names of this machine are used without it as well.
        if (http.Request.IsHttps && !IsThisMachine(http.Request.Host)) headers.StrictTransportSecurity = "max-age=31536000";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
        return Task.CompletedTask;
    }

    private static bool IsThisMachine(HostString host) => host.Host is "localhost" or "127.0.0.1" or "[::1]";

    /// <summary>Older browsers do not count a WebSocket of the same host as 'self'.</summary>
    private static string ContentSecurityPolicy(HostString host)
    {
        var sockets = Uri.CheckHostName(host.Host.Trim('[', ']')) == UriHostNameType.Unknown ? "" : $" ws://{host.Value} wss://{host.Value}";
        return "default-src 'self'; script-src 'self'; script-src-attr 'none'; worker-src 'none'; frame-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            + $"connect-src 'self'{sockets}; frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'self'";
    }
}
