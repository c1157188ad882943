using ChatLoop.ChatApi.ApiKeys;
using Microsoft.AspNetCore.Authentication;

namespace ChatLoop.ChatApi.Identity;

/// <summary>Registers the ways to say who one is.</summary>
public static class IdentityServices
{
    public static AuthenticationBuilder AddIdentities(this IServiceCollection services) => services
        .AddAuthentication(Schemes.Chosen)
        .AddPolicyScheme(Schemes.Chosen, null, options => options.ForwardDefaultSelector =
            http => http.Request.Headers.Authorization.Count > 0 ? Schemes.ApiKey : Schemes.Cookie)
        .AddCookieIdentity()
        .AddApiKeys();
}
