using ChatLoop.ChatApi.Problems;
using Microsoft.Net.Http.Headers;

namespace ChatLoop.ChatApi.WebClient;

/// <summary>Serves the built web client: its files, and index.html for every page address, which the client routes itself.</summary>
public static class WebClientPages
{
    private const string IndexFile = "index.html";

    public static IApplicationBuilder UseWebClient(this IApplicationBuilder app)
    {
        app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = context => SetCaching(context.Context) });
        // Not an endpoint: a fallback route would match every method of every path, and no call would be answered with 405.
        return app.Use((http, next) => IsPageRequest(http) ? SendIndex(http) : next(http));
    }

    private static bool IsPageRequest(HttpContext http)
    {
        var request = http.Request;
        return http.GetEndpoint() is null
            && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && !request.Path.StartsWithSegments(ApiPaths.Api, StringComparison.OrdinalIgnoreCase)
            && !request.Path.StartsWithSegments(ApiPaths.Hubs, StringComparison.OrdinalIgnoreCase)
            && !request.Path.StartsWithSegments("/openapi", StringComparison.OrdinalIgnoreCase)
            && !Path.HasExtension(request.Path);
    }

    private static async Task SendIndex(HttpContext http)
    {
        var index = http.RequestServices.GetRequiredService<IWebHostEnvironment>().WebRootFileProvider.GetFileInfo(IndexFile);
        if (!index.Exists)
        {
            await new Problem(StatusCodes.Status404NotFound, "notFound",
                "The web client was not built: build src/ChatApi without -p:SkipWebClient=true.").Write(http, http.RequestAborted);
            return;
        }
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.ContentLength = index.Length;
        if (HttpMethods.IsGet(http.Request.Method)) await http.Response.SendFileAsync(index, http.RequestAborted);
    }

    /// <summary>The bundler puts a hash of the content into each name under /assets, so that such a file never changes.</summary>
    private static void SetCaching(HttpContext http) => http.Response.GetTypedHeaders().CacheControl =
        http.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal)
            ? new CacheControlHeaderValue { Public = true, MaxAge = TimeSpan.FromDays(365), Extensions = { new NameValueHeaderValue("immutable") } }
            : new CacheControlHeaderValue { NoCache = true };
}
