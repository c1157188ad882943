using ChatLoop.Silo.Hosting;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatLoop.ChatApi.Accounts.Storage;

/// <summary>Where accounts are: accounts.db in the data folder, or the cluster's database.</summary>
public static class AccountDatabase
{
    private const string File = "accounts.db";
    private const string History = "__EFMigrationsHistory";
    /// <summary>Of the advisory lock; any number that nothing else in the database uses.</summary>
    private const long Lock = 0x43_6861_7441_6363;

    public static IServiceCollection AddAccountDatabase(this IServiceCollection services, bool shared)
    {
        if (!shared)
        {
            return services.AddDbContext<AccountsContext>((provider, options) => options.UseSqlite($"Data Source={PathOf(provider)}"));
        }
        return services.AddDbContext<AccountsContext, PostgresAccountsContext>((provider, options) => options.UseNpgsql(
            provider.GetRequiredService<NpgsqlDataSource>(), npgsql => npgsql.MigrationsHistoryTable(History, PostgresAccountsContext.Schema)));
    }

    /// <summary>Makes or migrates the tables. Of several servers that start at once, one does and the others wait.</summary>
    public static async Task Migrate(AccountsContext context, CancellationToken cancellationToken)
    {
        if (context is not PostgresAccountsContext)
        {
            ForOwnerOnly(context.Database.GetDbConnection().DataSource);
            await context.Database.MigrateAsync(cancellationToken);
            return;
        }
        // Others may be at it for long.
        context.Database.SetCommandTimeout(0);
        await context.Database.OpenConnectionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({Lock})", cancellationToken);
        try
        {
            // An account that may not make tables can start once they are there.
            if ((await context.Database.GetPendingMigrationsAsync(cancellationToken)).Any()) await context.Database.MigrateAsync(cancellationToken);
        }
        finally
        {
            await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({Lock})", CancellationToken.None);
            await context.Database.CloseConnectionAsync();
        }
    }

    private static string PathOf(IServiceProvider provider) => Path.Combine(provider.GetRequiredService<DataFolder>().Root, File);

    /// <summary>It holds what passwords can be guessed from. The files that SQLite puts beside it take its permissions.</summary>
    private static void ForOwnerOnly(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        System.IO.File.Open(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }).Dispose();
    }
}
