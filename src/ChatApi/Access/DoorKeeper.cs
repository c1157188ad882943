using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Authorization;

namespace ChatLoop.ChatApi.Access;

/// <summary>Opens a <see cref="Door"/> to who may pass. Whoever has no identity at all is not let through any.</summary>
public sealed class DoorKeeper : AuthorizationHandler<Door>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Door requirement)
    {
        var caller = context.User;
        if (caller.UserId() is not null && caller.Role() >= requirement.Least
            && (caller.Scopes() is not { } scopes || scopes.Any(requirement.Scopes.Contains)))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
