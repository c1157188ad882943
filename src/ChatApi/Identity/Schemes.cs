using Microsoft.AspNetCore.Authentication.Cookies;

namespace ChatLoop.ChatApi.Identity;

/// <summary>The ways to say who one is.</summary>
public static class Schemes
{
    /// <summary>The API key where the call has an Authorization header, the cookie otherwise: never one in the other's place.</summary>
    public const string Chosen = "chosen";
    /// <summary>A browser's. The name is part of what protects cookies: with another one, every visitor's would be lost.</summary>
    public const string Cookie = CookieAuthenticationDefaults.AuthenticationScheme;
    /// <summary>The team's identity provider; what it says becomes a cookie.</summary>
    public const string OpenIdConnect = "openid";
    /// <summary>A program's.</summary>
    public const string ApiKey = "apiKey";
}
