using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatLoop.Grains.Feedback.Migrations
{
    /// <inheritdoc />
    public partial class FeedbackKinds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "DecidedPairs",
                table: "judgements",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "Pairs",
                table: "judgements",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Ranks",
                table: "judgements",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Stars",
                table: "judgements",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "SuggestionTurnId",
                table: "judgements",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Text",
                table: "judgements",
                type: "TEXT",
                nullable: true);

            // What was judged before: every pair that was not skipped, and those of which a side was chosen (left 0, right 1).
            migrationBuilder.Sql("UPDATE judgements SET Pairs = 1, DecidedPairs = Verdict IN (0, 1) WHERE Kind = 1 AND Verdict <> 4;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "DecidedPairs",
                table: "judgements");

            migrationBuilder.DropColumn(
                name: "Pairs",
                table: "judgements");

            migrationBuilder.DropColumn(
                name: "Ranks",
                table: "judgements");

            migrationBuilder.DropColumn(
                name: "Stars",
                table: "judgements");

            migrationBuilder.DropColumn(
                name: "SuggestionTurnId",
                table: "judgements");

            migrationBuilder.DropColumn(
                name: "Text",
                table: "judgements");
        }
    }
}
