using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Administration;
using ChatLoop.ChatApi.ApiKeys;
using ChatLoop.ChatApi.Conversations;
using ChatLoop.ChatApi.Feedback;
using ChatLoop.ChatApi.Hubs;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Learning;
using ChatLoop.ChatApi.Limits;
using ChatLoop.ChatApi.Notifications;
using ChatLoop.ChatApi.OpenIdConnect;
using ChatLoop.ChatApi.Problems;
using ChatLoop.ChatApi.Review;
using ChatLoop.ChatApi.Session;
using ChatLoop.ChatApi.WebClient;
using ChatLoop.Grains.Placement;
using ChatLoop.Silo.Hosting;
using ChatLoop.Silo.Operations;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace ChatLoop.ChatApi.Hosting;

/// <summary>Puts the service together: configuration, silo, API, hubs and web client in one process.</summary>
public static class ChatLoopHost
{
    private static readonly KnownSettings WebSettings = ServiceSettings.OfSilo
        .With(IdentitySettings.Section, KnownSettings.Of([typeof(IdentitySettings)]).With("OpenIdConnect", KnownSettings.Of([typeof(OpenIdConnectSettings)])))
        .With(ProxySettings.Section, KnownSettings.Of([typeof(ProxySettings)]))
        .With(RequestLimits.Section, KnownSettings.Of([typeof(RequestLimits)]))
        .With(RateLimits.Section, KnownSettings.Of([typeof(RateLimits)]));

    /// <param name="arguments">The command line: any setting as --Section:Name=value.</param>
    /// <param name="replace">Last word on services; tests put their model and trainer here.</param>
    /// <exception cref="StartRefusedException">The configuration cannot work.</exception>
    public static WebApplication Build(string[] arguments, Action<IServiceCollection>? replace = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = arguments,
            ApplicationName = typeof(ChatLoopHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        var startupLog = new StartupLog();
        builder.Services.PostConfigure<LoggerFilterOptions>(startupLog.Apply);
        builder.WebHost.UseStaticWebAssets();
        builder.UseDefaultAddress();
        builder.UseLocalHostNames();
        ListenAddresses.RequireFree(builder.Configuration);
        ServicePaths.MakeAbsolute(builder.Configuration);
        ServiceSettings.Check(builder.Configuration, WebSettings);
        builder.AddTelemetry("chatloop-web");
        var roles = RoleSetting.Read(builder.Configuration);
        // First, so that the silo or client is up before anything that calls grains starts, and stops after it.
        if (roles == SiloRole.None) builder.AddChatLoopClient();
        else builder.AddChatLoopSilo();
        var openId = OpenIdConnectSettings.Read(builder.Configuration);
        var proxy = ProxySettings.Read(builder.Configuration);
        AddServices(builder.Services, roles, ChatLoopClusterOptions.Read(builder.Configuration));
        builder.Services.AddOpenIdConnectSignIn(builder.Services.AddIdentities(), openId);
        replace?.Invoke(builder.Services);
        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(startupLog.Started);
        // Locks the folder now: a taken one is the first thing to say.
        _ = app.Services.GetRequiredService<DataFolder>();
        proxy.Use(app);
        Configure(app);
        app.MapOpenIdConnectSignIn(openId);
        return app;
    }

    private static void AddServices(IServiceCollection services, SiloRole roles, ChatLoopClusterOptions cluster)
    {
        services.AddOptions<RequestLimits>().BindConfiguration(RequestLimits.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<RateLimits>().BindConfiguration(RateLimits.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<RequestLimits>>(ConfigureKestrel);
        services.ConfigureHttpJsonOptions(json => WireFormat.Apply(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOptions<IdentitySettings>().BindConfiguration(IdentitySettings.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddCookieKeys(sharedKeys: cluster.NeedsPostgres);
        services.AddDoors();
        services.AddAccounts(shared: cluster.NeedsPostgres);
        services.AddSingleton<OpenStreams>();
        services.AddCallRateLimiter();
        services.AddOpenApi();
        services.AddHealth(roles);
        services.AddPrometheus();
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"];
        });
        AddHubs(services, cluster);
    }

    private static void AddHubs(IServiceCollection services, ChatLoopClusterOptions cluster)
    {
        services.AddSingleton<HubCallFilter>();
        var signalR = services.AddSignalR(hubs =>
        {
            // A Stop must not wait behind other calls of the same page.
            hubs.MaximumParallelInvocationsPerClient = 8;
            hubs.StatefulReconnectBufferSize = 128 * 1024;
            hubs.AddFilter<HubCallFilter>();
        }).AddJsonProtocol(json => WireFormat.Apply(json.PayloadSerializerOptions));
        services.AddOptions<HubOptions>().Configure<IOptions<RequestLimits>>(
            (hubs, limits) => hubs.MaximumReceiveMessageSize = limits.Value.HubMessageBytes);
        if (cluster.Redis is { } redis)
            signalR.AddStackExchangeRedis(redis, backplane => backplane.Configuration.ChannelPrefix = RedisChannel.Literal($"{cluster.ServiceId}:{cluster.ClusterId}"));
        services.AddSingleton(new Backplane(IsOn: cluster.Redis is not null));
        services.AddSingleton<ConnectedUsers>();
        AddHosted<ConversationNotifier>(services);
        AddHosted<FeedbackNotifier>(services);
        AddHosted<LiveVersionNotifier>(services);
    }

    private static void AddHosted<T>(IServiceCollection services) where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel, IOptions<RequestLimits> limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.Value.BodyBytes;
        kestrel.Limits.MaxConcurrentConnections = limits.Value.Connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.Value.Connections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
    }

    private static void Configure(WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseProblemAnswers();
        app.UseCrossOriginGuard();
        app.UseMetricsGuard();
        app.UseDashboardGuard();
        app.UseWhen(http => !http.Request.Path.StartsWithSegments(ApiPaths.Api, StringComparison.OrdinalIgnoreCase), pages => pages.UseResponseCompression());
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseNewVisitors();
        app.UseAuthorization();
        app.UseWebClient();

        app.MapGroup(ApiPaths.Version1).WithMetadata(new ForVisitors()).RequireDoorsOfCheckpoints()
            .MapSession().MapApiKeys().MapAdministration().MapConversations().MapFeedback().MapReview().MapLearning();
        app.MapHub<ChatHub>(ApiPaths.ChatHub, ConfigureConnection);
        app.MapHub<LearningHub>(ApiPaths.LearningHub, ConfigureConnection);
        app.MapHealth();
        app.MapPrometheus();
        app.MapOpenApi("/openapi/v1.json");
        app.MapDashboard();
    }

    private static void ConfigureConnection(HttpConnectionDispatcherOptions connection)
    {
        connection.AllowStatefulReconnects = true;
        connection.CloseOnAuthenticationExpiration = true;
    }
}
