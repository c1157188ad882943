using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ChatLoop.ChatApi.Accounts.Storage;

/// <summary>Lets `dotnet ef` make migrations for SQLite.</summary>
internal sealed class AccountsContextDesign : IDesignTimeDbContextFactory<AccountsContext>
{
    public AccountsContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<AccountsContext>().UseSqlite("Data Source=design").Options);
}

/// <summary>Lets `dotnet ef` make migrations for PostgreSQL.</summary>
internal sealed class PostgresAccountsContextDesign : IDesignTimeDbContextFactory<PostgresAccountsContext>
{
    public PostgresAccountsContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresAccountsContext>().UseNpgsql("Host=design").Options);
}
