using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.Accounts.Storage;

/// <summary>The same tables in a schema of their own in the cluster's database.</summary>
public sealed class PostgresAccountsContext(DbContextOptions<PostgresAccountsContext> options) : AccountsContext(options)
{
    public const string Schema = "accounts";

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.HasDefaultSchema(Schema);
    }
}
