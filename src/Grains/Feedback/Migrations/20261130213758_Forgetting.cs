using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatLoop.Grains.Feedback.Migrations
{
    /// <inheritdoc />
    public partial class Forgetting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsErased",
                table: "batch_members",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateIndex(
                name: "IX_judgements_WithdrawnBy",
                table: "judgements",
                column: "WithdrawnBy",
                filter: "WithdrawnBy IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_batch_members_FeedbackId",
                table: "batch_members",
                column: "FeedbackId");

            // The one change of an event that is allowed: what a withdrawn judgement says is erased.
            migrationBuilder.Sql(
                """
                DROP TRIGGER events_refuse_UPDATE;
                CREATE TRIGGER events_refuse_UPDATE BEFORE UPDATE ON events WHEN NOT (
                    NEW.Payload IS NULL AND NEW.Comment IS NULL
                    AND NEW.Sequence IS OLD.Sequence AND NEW.Kind IS OLD.Kind AND NEW.UserId IS OLD.UserId AND NEW.FeedbackId IS OLD.FeedbackId
                    AND NEW.TargetId IS OLD.TargetId AND NEW.Supersedes IS OLD.Supersedes AND NEW.CreatedAt IS OLD.CreatedAt
                    AND EXISTS (SELECT 1 FROM events WHERE FeedbackId = OLD.FeedbackId AND Kind = 2))
                BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END;
                """);
            // What was withdrawn before.
            migrationBuilder.Sql("UPDATE events SET Payload = NULL, Comment = NULL WHERE Payload IS NOT NULL AND FeedbackId IN (SELECT FeedbackId FROM events WHERE Kind = 2);");
            migrationBuilder.Sql("UPDATE judgements SET Comment = NULL, Text = NULL WHERE WithdrawnBy IS NOT NULL;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_judgements_WithdrawnBy",
                table: "judgements");

            migrationBuilder.DropIndex(
                name: "IX_batch_members_FeedbackId",
                table: "batch_members");

            migrationBuilder.DropColumn(
                name: "IsErased",
                table: "batch_members");

            migrationBuilder.Sql(
                """
                DROP TRIGGER events_refuse_UPDATE;
                CREATE TRIGGER events_refuse_UPDATE BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END;
                """);
        }
    }
}
