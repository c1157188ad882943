using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.OpenIdConnect;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Session;

public static class GetWaysIn
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("", Handle).WithSummary("How one may sign in.");

    private static Ok<WaysIn> Handle(IOptions<IdentitySettings> settings, FirstAdmin firstAdmin, IServiceProvider services) =>
        TypedResults.Ok(new WaysIn(settings.Value.Visitors, settings.Value.SignUp, firstAdmin.IsWanted, services.GetService<OpenIdConnectSettings>()?.Name));
}
