using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ChatLoop.Grains.Feedback;

/// <summary>Lets `dotnet ef` make migrations for SQLite.</summary>
internal sealed class FeedbackContextDesign : IDesignTimeDbContextFactory<FeedbackContext>
{
    public FeedbackContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<FeedbackContext>().UseSqlite("Data Source=design.db").Options);
}
