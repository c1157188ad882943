using System.Text.Encodings.Web;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.ApiKeys;

/// <summary><c>Authorization: Bearer cl_...</c>. Each call looks the key up, so that a revoked one is refused at once.</summary>
public sealed class ApiKeyAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Identities identities)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Bearer = "Bearer ";
    private const int Longest = 128;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is not [{ Length: <= Longest } header] || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        var key = header[Bearer.Length..].Trim();
        if (!key.StartsWith(ApiKeyText.Beginning, StringComparison.Ordinal)) return AuthenticateResult.NoResult();
        if (await identities.WithKey(ApiKeyText.Hash(key), Context.RequestAborted) is not { } known) return AuthenticateResult.Fail("Unknown key.");
        return AuthenticateResult.Success(new(known.Caller, new() { ExpiresUtc = known.ExpiresAt }, Scheme.Name));
    }
}

public static class ApiKeyScheme
{
    public static AuthenticationBuilder AddApiKeys(this AuthenticationBuilder authentication) =>
        authentication.AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(Schemes.ApiKey, null, null);
}
