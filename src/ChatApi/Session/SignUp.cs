using System.Security.Claims;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Session;

public static class SignUp
{
    public static void Map(RouteGroupBuilder group) => group.MapPost("/sign-up", Handle)
        .RequireRateLimiting(CallRateLimiter.Credentials)
        .WithSummary("Makes an account. A visitor becomes it and keeps conversations and feedback.");

    private static async Task<NoContent> Handle(
        Credentials credentials, ClaimsPrincipal caller, IOptions<IdentitySettings> settings, AccountRegister register, Sessions sessions,
        HttpContext http, CancellationToken cancellationToken)
    {
        if (!settings.Value.SignUp)
            throw new ChatLoopException(ErrorCode.Forbidden, "Accounts are not made here (Identity:SignUp): ask an admin.");
        var account = await register.Create(credentials.Name, credentials.Password, Role.User, VisitorOf(caller));
        await sessions.Start(http, account, cancellationToken);
        sessions.Reconnect(account.Id);
        return TypedResults.NoContent();
    }

    /// <summary>The visitor who becomes an account; null where nobody called before.</summary>
    /// <exception cref="ChatLoopException">Conflict: the caller has an account.</exception>
    internal static string? VisitorOf(ClaimsPrincipal caller) => caller.Role() == Role.Visitor
        ? caller.UserId()
        : throw ChatLoopException.Conflict($"You are signed in as '{caller.Name()}': sign out first.");
}
