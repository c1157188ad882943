using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Access;

/// <summary>Says what a refused caller lacks: an identity or an account (401), a role or a scope (403).</summary>
public sealed class RefusalAnswers(IOptions<IdentitySettings> settings) : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult) =>
        authorizeResult.Succeeded
            ? next(context)
            : Refusal(context, policy.Requirements.OfType<Door>().First()).Write(context, context.RequestAborted);

    private Problem Refusal(HttpContext http, Door door)
    {
        var caller = http.User;
        if (caller.UserId() is null) return Unknown(http);
        if (caller.Scopes() is { } scopes)
        {
            if (door.Scopes.Count == 0) return Problem.Forbidden("No API key opens this: sign in on the page.");
            if (!scopes.Any(door.Scopes.Contains))
                return Problem.Forbidden($"This API key lacks the scope: make one with '{Words.Of(door.Scopes[0])}'.");
        }
        else if (caller.Role() == Role.Visitor)
        {
            return Problem.SignInNeeded(door.Least == Role.User ? "Sign in first." : $"Sign in as {Words.Of(door.Least)}: visitors may not do this.");
        }
        return Problem.Forbidden($"This needs the role {Words.Of(door.Least)}; yours is {Words.Of(caller.Role())}. An admin can give it to you.");
    }

    private Problem Unknown(HttpContext http)
    {
        if (http.Request.Headers.Authorization.Count > 0)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Problem.SignInNeeded("This API key is not known: it was revoked, has expired, or is not written as 'Authorization: Bearer cl_...'.");
        }
        if (http.SessionHasEnded()) return Problem.SignInNeeded("Your session has ended: sign in again.");
        return settings.Value.Visitors ? Problem.Unauthenticated : Problem.SignInNeeded("Sign in first: this service has no visitors without account.");
    }
}
