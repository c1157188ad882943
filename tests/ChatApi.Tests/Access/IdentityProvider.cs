using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>
/// A small OpenID provider (OpenID Connect Core 1.0, code flow; PKCE, RFC 7636): it asks nobody for a password and signs in whom the test
/// says. What a client does wrong is an error here, as at a real one.
/// </summary>
public sealed class IdentityProvider : IAsyncDisposable
{
    public const string ClientId = "chatloop", ClientSecret = "between us two";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, (string Redirect, string Challenge, string Nonce)> _codes = new(StringComparer.Ordinal);
    private WebApplication? _app;

    /// <summary>Who signs in next: claims of the ID token.</summary>
    public Dictionary<string, object> Person { get; set; } = new(StringComparer.Ordinal) { ["sub"] = "1" };
    /// <summary>The person refuses.</summary>
    public bool Refuses { get; set; }
    /// <summary>The key that ID tokens are signed with is not the published one.</summary>
    public bool Forges { get; set; }

    public string Address => _app!.Urls.Single();

    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => new Dictionary<string, object>
        {
            ["issuer"] = Address,
            ["authorization_endpoint"] = $"{Address}/authorize",
            ["token_endpoint"] = $"{Address}/token",
            ["jwks_uri"] = $"{Address}/jwks",
            ["response_types_supported"] = (string[])["code"],
            ["id_token_signing_alg_values_supported"] = (string[])["RS256"],
            ["subject_types_supported"] = (string[])["public"],
        });
        _app.MapGet("/jwks", () => new { keys = (object[])[PublicKey()] });
        _app.MapGet("/authorize", Authorize);
        _app.MapPost("/token", Token);
        await _app.StartAsync();
    }

    private IResult Authorize(HttpRequest request)
    {
        var query = request.Query;
        var redirect = query["redirect_uri"].ToString();
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256"
            || !query["scope"].ToString().Split(' ').Contains("openid") || !redirect.EndsWith("/sign-in/openid/callback", StringComparison.Ordinal))
            return Results.BadRequest("The request is not as it was registered.");
        var state = Uri.EscapeDataString(query["state"].ToString());
        if (Refuses) return Results.Redirect($"{redirect}?error=access_denied&state={state}");
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = (redirect, query["code_challenge"].ToString(), query["nonce"].ToString());
        return Results.Redirect($"{redirect}?code={code}&state={state}");
    }

    private async Task<IResult> Token(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        if (form["grant_type"] != "authorization_code" || form["client_id"] != ClientId || form["client_secret"] != ClientSecret
            || !_codes.TryRemove(form["code"].ToString(), out var code) || form["redirect_uri"] != code.Redirect
            || Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != code.Challenge)
            return Results.BadRequest(new { error = "invalid_grant" });
        return Results.Json(new { access_token = "unused", token_type = "Bearer", expires_in = 60, id_token = IdToken(code.Nonce) });
    }

    private string IdToken(string nonce)
    {
        using var other = RSA.Create(2048);
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Address,
            Audience = ClientId,
            Expires = DateTime.UtcNow.AddMinutes(5),
            Claims = new Dictionary<string, object>(Person, StringComparer.Ordinal) { ["nonce"] = nonce },
            SigningCredentials = new SigningCredentials(
                new RsaSecurityKey(Forges ? other : _rsa) { KeyId = "1", CryptoProviderFactory = new() { CacheSignatureProviders = false } }, SecurityAlgorithms.RsaSha256),
        });
    }

    private object PublicKey()
    {
        var key = _rsa.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", alg = "RS256", kid = "1", n = Base64UrlEncoder.Encode(key.Modulus), e = Base64UrlEncoder.Encode(key.Exponent) };
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _rsa.Dispose();
    }
}
