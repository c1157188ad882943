using ChatLoop.ChatApi.Access;
using ChatLoop.Silo.Operations;
using Orleans.Dashboard;

namespace ChatLoop.ChatApi.Administration;

/// <summary>
/// Orleans' dashboard for admins, where Dashboard:Enabled says so. Its view of grains' state stays shut: that is what people wrote, and
/// admins have no door to other people's conversations.
/// </summary>
public static class Dashboard
{
    private const string Path = "/dashboard";
    private const string State = Path + "/GrainState";

    /// <summary>Before the endpoints run.</summary>
    public static IApplicationBuilder UseDashboardGuard(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (!http.Request.Path.StartsWithSegments(State, StringComparison.OrdinalIgnoreCase)) return next(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    public static void MapDashboard(this WebApplication app)
    {
        if (DashboardSettings.Read(app.Configuration).Enabled) app.MapOrleansDashboard(Path).RequireAuthorization(Doors.Dashboard);
    }
}
