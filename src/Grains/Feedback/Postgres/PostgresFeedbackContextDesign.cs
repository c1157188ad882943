using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ChatLoop.Grains.Feedback.Postgres;

/// <summary>Lets `dotnet ef` make migrations for PostgreSQL.</summary>
internal sealed class PostgresFeedbackContextDesign : IDesignTimeDbContextFactory<PostgresFeedbackContext>
{
    public PostgresFeedbackContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresFeedbackContext>().UseNpgsql("Host=design").Options);
}
