using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback.Postgres;

/// <summary>The ledger's tables on PostgreSQL: those of SQLite in a schema of their own, and the head that silos take turns at.</summary>
public sealed class PostgresFeedbackContext(DbContextOptions<PostgresFeedbackContext> options) : FeedbackContext(options)
{
    public const string Schema = "ledger";

    public DbSet<LedgerHead> Heads => Set<LedgerHead>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.Entity<Judgement>(e =>
        {
            e.HasIndex(x => x.TargetId).HasFilter("\"SupersededBy\" IS NULL AND \"WithdrawnBy\" IS NULL");
            e.HasIndex(x => x.TrainingRun).HasFilter("\"TrainingRun\" IS NOT NULL");
            e.HasIndex(x => x.Review).HasFilter("\"Review\" IS NOT NULL");
            e.HasIndex(x => x.WithdrawnBy).HasFilter("\"WithdrawnBy\" IS NOT NULL");
        });
        modelBuilder.Entity<LedgerHead>(e =>
        {
            e.ToTable("head", t => t.HasCheckConstraint("one_row", "\"Id\" = 1")).HasKey(x => x.Id);
            e.Property(x => x.Id).ValueGeneratedNever();
            e.Property(x => x.Counts).HasColumnType("jsonb");
        });
    }
}

/// <summary>
/// The one row that says where the ledger stands. Whoever writes to the ledger locks it first, so that the silos' transactions follow
/// one another and sequences have no gaps.
/// </summary>
public sealed class LedgerHead
{
    public int Id { get; init; }
    /// <summary>Grows with every transaction: tells which of two counts is the newer.</summary>
    public long Revision { get; init; }
    /// <summary>JSON of <see cref="Contracts.Feedback.FeedbackCounts"/>.</summary>
    public required string Counts { get; init; }
}
