using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatLoop.Grains.Feedback.Migrations
{
    /// <inheritdoc />
    public partial class DecidedComparisons : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) =>
            // A ranking (2) is one comparison to the gate, a correction (4) none.
            migrationBuilder.Sql("UPDATE judgements SET DecidedPairs = CASE Kind WHEN 4 THEN 0 ELSE MIN(DecidedPairs, 1) END;");

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // How many of a ranking's pairs were decided is not needed to read it.
        }
    }
}
