using ChatLoop.Silo.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Silo.Hosting;

/// <summary>
/// A silo as a program of its own, for a cluster: serves, trains or both (Silo:Roles). It speaks HTTP for its operator alone: health and
/// metrics, on a free port of this machine unless --urls says otherwise.
/// </summary>
public static class SiloHost
{
    private const string DefaultAddress = "http://127.0.0.1:0";

    /// <param name="arguments">The command line: any setting as --Section:Name=value.</param>
    /// <exception cref="Contracts.Errors.ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static WebApplication Build(string[] arguments)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = arguments });
        var startupLog = new StartupLog();
        // A probe that is answered with "not ready" is no failure, and they come every few seconds.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning);
        builder.Services.PostConfigure<LoggerFilterOptions>(startupLog.Apply);
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey])) builder.WebHost.UseUrls(DefaultAddress);
        ServicePaths.MakeAbsolute(builder.Configuration);
        ServiceSettings.Check(builder.Configuration, ServiceSettings.OfSilo);
        builder.AddTelemetry("chatloop-silo");
        builder.AddChatLoopSilo();
        builder.Services.AddHealth(RoleSetting.Read(builder.Configuration));
        builder.Services.AddPrometheus();
        var silo = builder.Build();
        silo.Lifetime.ApplicationStarted.Register(startupLog.Started);
        // Locks the folder now: a taken one is the first thing to say.
        _ = silo.Services.GetRequiredService<DataFolder>();
        silo.UseMetricsGuard();
        silo.MapHealth();
        silo.MapPrometheus();
        return silo;
    }
}
