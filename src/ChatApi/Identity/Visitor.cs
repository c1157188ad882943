using ChatLoop.ChatApi.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Identity;

/// <summary>
/// Anonymous identity: a random user id in an encrypted cookie. Who loses the cookie is a new visitor; who signs up keeps the id.
/// </summary>
public static class Visitor
{
    /// <summary>Gives a caller of the API without identity a new one. Comes after rate limiting, which bounds them by address.</summary>
    public static IApplicationBuilder UseNewVisitors(this IApplicationBuilder app)
    {
        var doors = Doors.All(app.ApplicationServices.GetRequiredService<IOptions<IdentitySettings>>().Value);
        return app.Use(async (http, next) =>
        {
            if (http.User.UserId() is null && IsForVisitors(http.GetEndpoint(), doors) && !SaysWhoElse(http))
            {
                http.User = Caller.Visitor(Guid.NewGuid().ToString());
                await http.SignInAsync(Schemes.Cookie, http.User, new AuthenticationProperties { IsPersistent = true });
            }
            await next(http);
        });
    }

    private static bool IsForVisitors(Endpoint? endpoint, IReadOnlyDictionary<string, Door> doors) =>
        endpoint?.Metadata.GetMetadata<ForVisitors>() is not null
        && endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>() is { Count: > 0 } all
        && all.All(data => data.Policy is { } policy && doors[policy].Least == Role.Visitor);

    /// <summary>A program whose key is refused, or a browser whose session ended, must hear of it and not go on as somebody new.</summary>
    private static bool SaysWhoElse(HttpContext http) => http.Request.Headers.Authorization.Count > 0 || http.SessionHasEnded();
}

/// <summary>Marks endpoints that give a new visitor an identity, where their policy lets visitors through.</summary>
public sealed class ForVisitors;
