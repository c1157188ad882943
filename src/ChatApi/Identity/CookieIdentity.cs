using ChatLoop.ChatApi.Accounts;
using ChatLoop.Silo.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatLoop.ChatApi.Identity;

/// <summary>
/// The one cookie of a browser: a visitor's id, or a session of an account. It is checked against the store on every call, so that a
/// session that ended is over at once.
/// </summary>
public static class CookieIdentity
{
    public const string CookieName = "chatloop";
    private const string Ended = "chatloop.sessionEnded";

    /// <summary>Browsers keep no cookie longer than 400 days; each visit in the second half of that time extends a visitor's.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(400);

    /// <summary>The call brought a cookie that counts no more.</summary>
    public static bool SessionHasEnded(this HttpContext http) => http.Items.ContainsKey(Ended);

    public static AuthenticationBuilder AddCookieIdentity(this AuthenticationBuilder authentication) =>
        authentication.AddCookie(Schemes.Cookie, options =>
        {
            options.Cookie.Name = CookieName;
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.Cookie.IsEssential = true;
            options.ExpireTimeSpan = Lifetime;
            options.SlidingExpiration = true;
            options.Events.OnValidatePrincipal = Check;
            options.Events.OnRedirectToLogin = context => Answer(context, StatusCodes.Status401Unauthorized);
            options.Events.OnRedirectToAccessDenied = context => Answer(context, StatusCodes.Status403Forbidden);
        });

    /// <param name="sharedKeys">Other web servers know the same cookies: keys are in the cluster's database, else in the data folder.</param>
    public static IServiceCollection AddCookieKeys(this IServiceCollection services, bool sharedKeys)
    {
        var protection = services.AddDataProtection().SetApplicationName("ChatLoop");
        if (sharedKeys)
        {
            services.AddDbContext<SharedKeys>((provider, context) => context.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
            protection.PersistKeysToDbContext<SharedKeys>();
            services.AddHostedService<FirstCookieKey>();
        }
        else
        {
            services.AddOptions<KeyManagementOptions>().Configure<DataFolder, ILoggerFactory>((keys, folder, logs) =>
                keys.XmlRepository = new FileSystemXmlRepository(PrivateFolder(Path.Combine(folder.Root, "keys")), logs));
        }
        return services;
    }

    private static async Task Check(CookieValidatePrincipalContext context)
    {
        var identities = context.HttpContext.RequestServices.GetRequiredService<Identities>();
        if (await identities.AsKnownNow(context.Principal!, context.HttpContext.RequestAborted) is { } known)
        {
            context.ReplacePrincipal(known);
            return;
        }
        context.HttpContext.Items[Ended] = true;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Schemes.Cookie);
    }

    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    /// <summary>The keys sign every identity: only the service's own account may read them.</summary>
    private static DirectoryInfo PrivateFolder(string path) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
