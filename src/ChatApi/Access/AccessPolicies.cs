using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Access;

/// <summary>Registers <see cref="Doors"/> as ASP.NET's authorization policies.</summary>
public static class AccessPolicies
{
    public static IServiceCollection AddDoors(this IServiceCollection services)
    {
        services.AddAuthorization();
        services.AddOptions<AuthorizationOptions>().Configure<IOptions<IdentitySettings>>((authorization, settings) =>
        {
            foreach (var (name, door) in Doors.All(settings.Value)) authorization.AddPolicy(name, policy => policy.AddRequirements(door));
        });
        services.AddSingleton<IAuthorizationHandler, DoorKeeper>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusalAnswers>();
        return services;
    }
}
