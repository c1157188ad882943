using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace ChatLoop.ChatApi.OpenIdConnect;

/// <summary>
/// Signing in at the team's identity provider: authorization code with PKCE. What comes back becomes a session of an account here, as
/// if its password had been given.
/// </summary>
public static partial class OpenIdConnectSignIn
{
    private const string Path = "/sign-in/openid";
    private const string CallbackPath = $"{Path}/callback";
    private const string SignInPage = "/sign-in?problem=";

    public static IServiceCollection AddOpenIdConnectSignIn(this IServiceCollection services, AuthenticationBuilder authentication, OpenIdConnectSettings? settings)
    {
        if (settings is null) return services;
        authentication.AddOpenIdConnect(Schemes.OpenIdConnect, options => Configure(options, settings));
        return services.AddSingleton(settings).AddScoped<ExternalAccounts>();
    }

    /// <summary>The page's way to the provider. Open to everybody, as it is how one gets an identity.</summary>
    public static void MapOpenIdConnectSignIn(this IEndpointRouteBuilder app, OpenIdConnectSettings? settings)
    {
        if (settings is not null) app.MapGet(Path, Begin).ExcludeFromDescription();
    }

    private static void Configure(OpenIdConnectOptions options, OpenIdConnectSettings settings)
    {
        (options.Authority, options.ClientId, options.ClientSecret) = (settings.Authority, settings.ClientId, settings.ClientSecret);
        options.RequireHttpsMetadata = !settings.IsLocal;
        options.SignInScheme = Schemes.Cookie;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The provider leads the browser back by a link and not by a form of its own, so that our Lax cookies come along.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.CallbackPath = CallbackPath;
        options.MapInboundClaims = false;
        // The handler drops it, but a subject is somebody's at one issuer alone.
        options.ClaimActions.Remove("iss");
        foreach (var cookie in (CookieBuilder[])[options.CorrelationCookie, options.NonceCookie])
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
        foreach (var scope in settings.Scopes) options.Scope.Add(scope);
        options.Events.OnTicketReceived = BecomeSession;
        options.Events.OnRemoteFailure = Fail;
    }

    private static async Task Begin(HttpContext http, ILogger<OpenIdConnectSettings> logger, string? next = null)
    {
        try
        {
            await http.ChallengeAsync(Schemes.OpenIdConnect, new AuthenticationProperties { RedirectUri = Local(next) });
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException)
        {
            LogUnreachable(logger, e.Message);
            http.Response.Redirect($"{SignInPage}unreachable");
        }
    }

    /// <summary>A page of this service, whatever the address says.</summary>
    private static string Local(string? next) => next is ['/', not ('/' or '\\'), ..] && !next.Contains('\\', StringComparison.Ordinal) ? next : "/";

    private static async Task BecomeSession(TicketReceivedContext context)
    {
        var http = context.HttpContext;
        var cancel = http.RequestAborted;
        var services = http.RequestServices;
        var before = (await http.AuthenticateAsync(Schemes.Cookie)).Principal;
        try
        {
            var visitor = before?.Role() == Role.Visitor ? before.UserId() : null;
            var account = await services.GetRequiredService<ExternalAccounts>().Of(context.Principal!, visitor, cancel);
            var sessions = services.GetRequiredService<Sessions>();
            if (before?.SessionId() is { } session) await sessions.End(session, cancel);
            context.Principal = await sessions.Start(account, cancel);
            context.Properties = sessions.Cookie();
        }
        catch (ChatLoopException e)
        {
            context.Response.Redirect($"{SignInPage}{(e.Code == ErrorCode.Unauthenticated ? "closed" : "failed")}");
            context.HandleResponse();
        }
    }

    private static Task Fail(RemoteFailureContext context)
    {
        LogFailed(context.HttpContext.RequestServices.GetRequiredService<ILogger<OpenIdConnectSettings>>(), context.Failure?.Message);
        context.Response.Redirect($"{SignInPage}failed");
        context.HandleResponse();
        return Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Warning, "The identity provider could not be asked: {Reason}")]
    private static partial void LogUnreachable(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Somebody came back from the identity provider and was not signed in: {Reason}")]
    private static partial void LogFailed(ILogger logger, string? reason);
}
