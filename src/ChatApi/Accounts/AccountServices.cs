using ChatLoop.ChatApi.Accounts.Storage;
using ChatLoop.ChatApi.Identity;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>Registers accounts: ASP.NET Core Identity for names and passwords, our own sessions for browsers.</summary>
public static class AccountServices
{
    /// <summary>OWASP's figure for PBKDF2 with HMAC-SHA512 (password storage cheat sheet).</summary>
    private const int Iterations = 210_000;

    /// <param name="shared">Several web servers share the accounts: they are in the cluster's database.</param>
    public static IServiceCollection AddAccounts(this IServiceCollection services, bool shared)
    {
        services.AddAccountDatabase(shared);
        services.AddIdentityCore<Account>().AddEntityFrameworkStores<AccountsContext>();
        // Identity's own rules are about kinds of characters.
        services.AddScoped<IPasswordValidator<Account>, PasswordRules>();
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = Iterations);
        services.AddOptions<IdentityOptions>().Configure<IOptions<IdentitySettings>>((identity, settings) =>
        {
            identity.Password = new() { RequireDigit = false, RequireLowercase = false, RequireUppercase = false, RequireNonAlphanumeric = false, RequiredUniqueChars = 1, RequiredLength = PasswordRules.Shortest };
            identity.Lockout = new() { MaxFailedAccessAttempts = settings.Value.LockoutTries, DefaultLockoutTimeSpan = settings.Value.LockoutTime };
        });
        services.AddSingleton<LiveConnections>();
        services.AddScoped<Sessions>();
        services.AddScoped<Identities>();
        services.AddScoped<AccountRegister>();
        services.AddSingleton<FirstAdmin>();
        services.AddHostedService(provider => provider.GetRequiredService<FirstAdmin>());
        services.AddHostedService<ConnectionRecheck>();
        return services;
    }
}
