using ChatLoop.ChatApi.Problems;

namespace ChatLoop.ChatApi.Identity;

/// <summary>
/// Keeps pages of other origins from acting for a visitor. Browsers send Origin with every WebSocket and every cross-origin call
/// and let no page change it; and no page can add <see cref="Header"/> to a call to another origin without asking first.
/// </summary>
public static class CrossOriginGuard
{
    public const string Header = "X-ChatLoop";

    public static IApplicationBuilder UseCrossOriginGuard(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        var request = http.Request;
        var isApi = request.Path.StartsWithSegments(ApiPaths.Api, StringComparison.OrdinalIgnoreCase);
        var isHub = request.Path.StartsWithSegments(ApiPaths.Hubs, StringComparison.OrdinalIgnoreCase);
        if ((isApi || isHub) && !IsSameOrigin(request))
        {
            await Problem.Forbidden($"The origin '{request.Headers.Origin}' may not use this service: open its own page instead.")
                .Write(http, http.RequestAborted);
            return;
        }
        // What has an Authorization header is no browser acting by itself: it counts by its key, never by a cookie.
        if (isApi && Changes(request.Method) && request.Headers.Authorization.Count == 0 && request.Headers[Header] != "1")
        {
            await Problem.Forbidden($"Add the header '{Header}: 1': calls that change something need it.").Write(http, http.RequestAborted);
            return;
        }
        await next(http);
    });

    /// <summary>Compares host and port only: behind a proxy that ends TLS the scheme differs.</summary>
    private static bool IsSameOrigin(HttpRequest request)
    {
        var origins = request.Headers.Origin;
        if (origins.Count == 0) return true;
        return origins.Count == 1
            && Uri.TryCreate(origins[0], UriKind.Absolute, out var origin)
            && string.Equals(origin.Authority, Authority(request, origin.Scheme), StringComparison.OrdinalIgnoreCase);
    }

    private static string Authority(HttpRequest request, string scheme) =>
        Uri.TryCreate($"{scheme}://{request.Host.ToUriComponent()}", UriKind.Absolute, out var own) ? own.Authority : "";

    private static bool Changes(string method) =>
        !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method);
}
