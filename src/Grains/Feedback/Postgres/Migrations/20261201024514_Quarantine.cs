using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatLoop.Grains.Feedback.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Quarantine : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "Review",
                schema: "ledger",
                table: "judgements",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_judgements_Review",
                schema: "ledger",
                table: "judgements",
                column: "Review",
                filter: "\"Review\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_judgements_Review",
                schema: "ledger",
                table: "judgements");

            migrationBuilder.DropColumn(
                name: "Review",
                schema: "ledger",
                table: "judgements");
        }
    }
}
