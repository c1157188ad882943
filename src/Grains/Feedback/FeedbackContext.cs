using System.Globalization;
using ChatLoop.Contracts.Feedback;
using Microsoft.EntityFrameworkCore;

namespace ChatLoop.Grains.Feedback;

/// <summary>
/// The ledger's tables, on SQLite. After a change of the model, for each of the two databases: <c>dotnet ef migrations add NAME
/// --project src/Grains --context FeedbackContext --output-dir Feedback/Migrations</c>, and <c>--context PostgresFeedbackContext
/// --output-dir Feedback/Postgres/Migrations</c>.
/// </summary>
public class FeedbackContext : DbContext
{
    public FeedbackContext(DbContextOptions<FeedbackContext> options) : base(options) { }

    /// <summary>For another database.</summary>
    protected FeedbackContext(DbContextOptions options) : base(options) { }

    public DbSet<LedgerEvent> Events => Set<LedgerEvent>();
    public DbSet<Judgement> Judgements => Set<Judgement>();
    public DbSet<UserConsent> Consents => Set<UserConsent>();
    public DbSet<BatchMember> BatchMembers => Set<BatchMember>();
    public DbSet<EndedBatch> EndedBatches => Set<EndedBatch>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<LedgerEvent>(e =>
        {
            e.ToTable("events").HasKey(x => x.Sequence);
            e.Property(x => x.Sequence).ValueGeneratedNever();
            e.HasIndex(x => new { x.FeedbackId, x.Kind }).IsUnique();
        });
        modelBuilder.Entity<Judgement>(e =>
        {
            e.ToTable("judgements").HasKey(x => x.FeedbackId);
            e.Property(x => x.Ranks).HasConversion(ranks => ranks!.ToString(), text => ReadRanks(text));
            e.HasIndex(x => x.Sequence).IsUnique();
            e.HasIndex(x => new { x.UserId, x.Sequence });
            e.HasIndex(x => x.TargetId).HasFilter("SupersededBy IS NULL AND WithdrawnBy IS NULL");
            e.HasIndex(x => x.TrainingRun).HasFilter("TrainingRun IS NOT NULL");
            e.HasIndex(x => x.Review).HasFilter("Review IS NOT NULL");
            e.HasIndex(x => x.WithdrawnBy).HasFilter("WithdrawnBy IS NOT NULL");
        });
        modelBuilder.Entity<UserConsent>().ToTable("consents").HasKey(x => x.UserId);
        modelBuilder.Entity<BatchMember>(e =>
        {
            e.ToTable("batch_members").HasKey(x => new { x.RunId, x.FeedbackId });
            e.HasIndex(x => x.FeedbackId);
        });
        modelBuilder.Entity<EndedBatch>().ToTable("ended_batches").HasKey(x => x.RunId);
    }

    private static AnswerRanks ReadRanks(string text) => new([.. text.Split(',').Select(rank => int.Parse(rank, CultureInfo.InvariantCulture))]);
}
