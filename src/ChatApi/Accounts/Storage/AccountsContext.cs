using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.ChatApi.Accounts.Storage;

/// <summary>Accounts, their sessions and API keys: on SQLite here, on PostgreSQL in <see cref="PostgresAccountsContext"/>.</summary>
public class AccountsContext : IdentityUserContext<Account>
{
    private const int LongestName = 256;

    public AccountsContext(DbContextOptions<AccountsContext> options) : base(options) { }

    protected AccountsContext(DbContextOptions options) : base(options) { }

    public DbSet<AccountSession> Sessions => Set<AccountSession>();
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<Account>(account => account.Property(a => a.Role).HasConversion<string>().HasMaxLength(LongestName));
        builder.Entity<AccountSession>(session =>
        {
            session.ToTable("Sessions").HasKey(s => s.Id);
            session.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountId).OnDelete(DeleteBehavior.Cascade);
        });
        builder.Entity<ApiKey>(key =>
        {
            key.ToTable("ApiKeys").HasKey(k => k.Id);
            key.HasIndex(k => k.Hash).IsUnique();
            key.Property(k => k.Name).HasMaxLength(LongestName);
            key.HasOne<Account>().WithMany().HasForeignKey(k => k.AccountId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
