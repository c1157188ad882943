using System.Security.Claims;
using ChatLoop.ChatApi.Access;

namespace ChatLoop.ChatApi.Identity;

/// <summary>What a principal says of its caller, whatever scheme made it.</summary>
public static class Caller
{
    private const string SessionClaim = "session", KeyClaim = "key", ScopeClaim = "scope";

    /// <summary>Somebody without account.</summary>
    public static ClaimsPrincipal Visitor(string userId) => new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, userId)], Schemes.Cookie));

    /// <summary>A browser that signed in.</summary>
    public static ClaimsPrincipal SignedIn(string userId, string name, Role role, string sessionId) => new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, userId), new(ClaimTypes.Name, name), new(ClaimTypes.Role, Words.Of(role)), new(SessionClaim, sessionId)],
        Schemes.Cookie));

    /// <summary>A program with one of the user's keys.</summary>
    public static ClaimsPrincipal WithKey(string userId, string name, Role role, string keyId, IEnumerable<ApiScope> scopes) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.NameIdentifier, userId), new(ClaimTypes.Name, name), new(ClaimTypes.Role, Words.Of(role)), new(KeyClaim, keyId),
            .. scopes.Select(scope => new Claim(ScopeClaim, Words.Of(scope))),
        ],
        Schemes.ApiKey));

    /// <summary>The caller's id; null before the first call.</summary>
    public static string? UserId(this ClaimsPrincipal caller) => caller.FindFirstValue(ClaimTypes.NameIdentifier);

    /// <summary>The caller's id, where the route made sure that there is one.</summary>
    public static string RequiredUserId(this ClaimsPrincipal caller) =>
        caller.UserId() ?? throw new InvalidOperationException("This route is open to callers without identity.");

    /// <summary>Null for a visitor.</summary>
    public static string? Name(this ClaimsPrincipal caller) => caller.FindFirstValue(ClaimTypes.Name);

    public static Role Role(this ClaimsPrincipal caller) => Words.Read<Role>(caller.FindFirstValue(ClaimTypes.Role)) ?? Access.Role.Visitor;

    /// <summary>Null unless a browser signed in.</summary>
    public static string? SessionId(this ClaimsPrincipal caller) => caller.FindFirstValue(SessionClaim);

    /// <summary>Null unless the caller has an API key.</summary>
    public static string? KeyId(this ClaimsPrincipal caller) => caller.FindFirstValue(KeyClaim);

    /// <summary>Null for browsers, which may do all that their role may.</summary>
    public static IReadOnlyList<ApiScope>? Scopes(this ClaimsPrincipal caller) => caller.KeyId() is null
        ? null
        : [.. caller.FindAll(ScopeClaim).Select(c => Words.Read<ApiScope>(c.Value)).OfType<ApiScope>()];
}
