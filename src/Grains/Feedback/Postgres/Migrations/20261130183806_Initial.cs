using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatLoop.Grains.Feedback.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "ledger");

            migrationBuilder.CreateTable(
                name: "batch_members",
                schema: "ledger",
                columns: table => new
                {
                    RunId = table.Column<string>(type: "text", nullable: false),
                    FeedbackId = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_batch_members", x => new { x.RunId, x.FeedbackId });
                });

            migrationBuilder.CreateTable(
                name: "consents",
                schema: "ledger",
                columns: table => new
                {
                    UserId = table.Column<string>(type: "text", nullable: false),
                    Granted = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_consents", x => x.UserId);
                });

            migrationBuilder.CreateTable(
                name: "ended_batches",
                schema: "ledger",
                columns: table => new
                {
                    RunId = table.Column<string>(type: "text", nullable: false),
                    LearnedInVersion = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ended_batches", x => x.RunId);
                });

            migrationBuilder.CreateTable(
                name: "events",
                schema: "ledger",
                columns: table => new
                {
                    Sequence = table.Column<long>(type: "bigint", nullable: false),
                    Kind = table.Column<int>(type: "integer", nullable: false),
                    UserId = table.Column<string>(type: "text", nullable: false),
                    FeedbackId = table.Column<string>(type: "text", nullable: true),
                    TargetId = table.Column<string>(type: "text", nullable: true),
                    Comment = table.Column<string>(type: "text", nullable: true),
                    Supersedes = table.Column<string>(type: "text", nullable: true),
                    Payload = table.Column<string>(type: "text", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_events", x => x.Sequence);
                });

            migrationBuilder.CreateTable(
                name: "head",
                schema: "ledger",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false),
                    Revision = table.Column<long>(type: "bigint", nullable: false),
                    Counts = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_head", x => x.Id);
                    table.CheckConstraint("one_row", "\"Id\" = 1");
                });

            migrationBuilder.CreateTable(
                name: "judgements",
                schema: "ledger",
                columns: table => new
                {
                    FeedbackId = table.Column<string>(type: "text", nullable: false),
                    Sequence = table.Column<long>(type: "bigint", nullable: false),
                    UserId = table.Column<string>(type: "text", nullable: false),
                    Kind = table.Column<int>(type: "integer", nullable: false),
                    ConversationId = table.Column<string>(type: "text", nullable: false),
                    TargetId = table.Column<string>(type: "text", nullable: false),
                    Thumb = table.Column<int>(type: "integer", nullable: true),
                    Verdict = table.Column<int>(type: "integer", nullable: true),
                    Comment = table.Column<string>(type: "text", nullable: true),
                    Ranks = table.Column<string>(type: "text", nullable: true),
                    Stars = table.Column<int>(type: "integer", nullable: true),
                    Text = table.Column<string>(type: "text", nullable: true),
                    SuggestionTurnId = table.Column<string>(type: "text", nullable: true),
                    Pairs = table.Column<int>(type: "integer", nullable: false),
                    DecidedPairs = table.Column<int>(type: "integer", nullable: false),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    SupersededBy = table.Column<long>(type: "bigint", nullable: true),
                    WithdrawnBy = table.Column<long>(type: "bigint", nullable: true),
                    TrainingRun = table.Column<string>(type: "text", nullable: true),
                    WasInBatch = table.Column<bool>(type: "boolean", nullable: false),
                    LearnedInVersion = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_judgements", x => x.FeedbackId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_events_FeedbackId_Kind",
                schema: "ledger",
                table: "events",
                columns: new[] { "FeedbackId", "Kind" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_judgements_Sequence",
                schema: "ledger",
                table: "judgements",
                column: "Sequence",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_judgements_TargetId",
                schema: "ledger",
                table: "judgements",
                column: "TargetId",
                filter: "\"SupersededBy\" IS NULL AND \"WithdrawnBy\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_judgements_TrainingRun",
                schema: "ledger",
                table: "judgements",
                column: "TrainingRun",
                filter: "\"TrainingRun\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_judgements_UserId_Sequence",
                schema: "ledger",
                table: "judgements",
                columns: new[] { "UserId", "Sequence" });

            migrationBuilder.Sql("INSERT INTO ledger.head (\"Id\", \"Revision\", \"Counts\") VALUES (1, 0, '{}')");
            migrationBuilder.Sql(
                """
                CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'The ledger is append-only.'; END $$;
                CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events
                FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "batch_members",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "consents",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "ended_batches",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "events",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "head",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "judgements",
                schema: "ledger");

            migrationBuilder.Sql("DROP FUNCTION ledger.refuse_change()");
        }
    }
}
