using System.Security.Claims;
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
/// Anonymous identity: a random user id in an encrypted cookie. Nobody signs up; who loses the cookie is a new visitor.
/// </summary>
public static class Visitor
{
    public const string CookieName = "chatloop";

    /// <summary>Browsers keep no cookie longer than 400 days; each visit in the second half of that time extends it.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(400);

    /// <param name="sharedKeys">Other web servers know the same visitors: keys are in the cluster's database, else in the data folder.</param>
    public static IServiceCollection AddVisitors(this IServiceCollection services, bool sharedKeys)
    {
        var protection = services.AddDataProtection().SetApplicationName("ChatLoop");
        if (sharedKeys)
        {
            services.AddDbContext<SharedKeys>((provider, context) => context.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
            protection.PersistKeysToDbContext<SharedKeys>();
        }
        else
        {
            services.AddOptions<KeyManagementOptions>().Configure<DataFolder, ILoggerFactory>((keys, folder, logs) =>
                keys.XmlRepository = new FileSystemXmlRepository(PrivateFolder(Path.Combine(folder.Root, "keys")), logs));
        }
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.Cookie.Name = CookieName;
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.Cookie.IsEssential = true;
            options.ExpireTimeSpan = Lifetime;
            options.SlidingExpiration = true;
            options.Events.OnRedirectToLogin = context => Answer(context, StatusCodes.Status401Unauthorized);
            options.Events.OnRedirectToAccessDenied = context => Answer(context, StatusCodes.Status403Forbidden);
        });
        services.AddAuthorization();
        return services;

        static Task Answer(RedirectContext<CookieAuthenticationOptions> context, int status)
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }
    }

    /// <summary>Gives a caller of the API without identity a new one. Comes after rate limiting, which bounds them by address.</summary>
    public static IApplicationBuilder UseNewVisitors(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        var endpoint = http.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<ForVisitors>() is not null && http.User.UserId() is null)
        {
            var identity = new ClaimsIdentity(
                [new Claim(ClaimTypes.NameIdentifier, Guid.NewGuid().ToString())], CookieAuthenticationDefaults.AuthenticationScheme);
            http.User = new ClaimsPrincipal(identity);
            await http.SignInAsync(http.User, new AuthenticationProperties { IsPersistent = true });
        }
        await next(http);
    });

    /// <summary>The visitor's id; null before the first call.</summary>
    public static string? UserId(this ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier);

    /// <summary>The visitor's id, where the route made sure that there is one.</summary>
    public static string RequiredUserId(this ClaimsPrincipal user) =>
        user.UserId() ?? throw new InvalidOperationException("This route is open to visitors without identity.");

    /// <summary>The keys sign every identity: only the service's own account may read them.</summary>
    private static DirectoryInfo PrivateFolder(string path) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}

/// <summary>Marks endpoints that give a new visitor an identity.</summary>
public sealed class ForVisitors;
