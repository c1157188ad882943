using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatLoop.Grains.Feedback.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "batch_members",
                columns: table => new
                {
                    RunId = table.Column<string>(type: "TEXT", nullable: false),
                    FeedbackId = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_batch_members", x => new { x.RunId, x.FeedbackId });
                });

            migrationBuilder.CreateTable(
                name: "consents",
                columns: table => new
                {
                    UserId = table.Column<string>(type: "TEXT", nullable: false),
                    Granted = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_consents", x => x.UserId);
                });

            migrationBuilder.CreateTable(
                name: "ended_batches",
                columns: table => new
                {
                    RunId = table.Column<string>(type: "TEXT", nullable: false),
                    LearnedInVersion = table.Column<int>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ended_batches", x => x.RunId);
                });

            migrationBuilder.CreateTable(
                name: "events",
                columns: table => new
                {
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    UserId = table.Column<string>(type: "TEXT", nullable: false),
                    FeedbackId = table.Column<string>(type: "TEXT", nullable: true),
                    TargetId = table.Column<string>(type: "TEXT", nullable: true),
                    Comment = table.Column<string>(type: "TEXT", nullable: true),
                    Supersedes = table.Column<string>(type: "TEXT", nullable: true),
                    Payload = table.Column<string>(type: "TEXT", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_events", x => x.Sequence);
                });

            migrationBuilder.CreateTable(
                name: "judgements",
                columns: table => new
                {
                    FeedbackId = table.Column<string>(type: "TEXT", nullable: false),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    UserId = table.Column<string>(type: "TEXT", nullable: false),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    ConversationId = table.Column<string>(type: "TEXT", nullable: false),
                    TargetId = table.Column<string>(type: "TEXT", nullable: false),
                    Thumb = table.Column<int>(type: "INTEGER", nullable: true),
                    Verdict = table.Column<int>(type: "INTEGER", nullable: true),
                    Comment = table.Column<string>(type: "TEXT", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "TEXT", nullable: false),
                    SupersededBy = table.Column<long>(type: "INTEGER", nullable: true),
                    WithdrawnBy = table.Column<long>(type: "INTEGER", nullable: true),
                    TrainingRun = table.Column<string>(type: "TEXT", nullable: true),
                    WasInBatch = table.Column<bool>(type: "INTEGER", nullable: false),
                    LearnedInVersion = table.Column<int>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_judgements", x => x.FeedbackId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_events_FeedbackId_Kind",
                table: "events",
                columns: new[] { "FeedbackId", "Kind" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_judgements_Sequence",
                table: "judgements",
                column: "Sequence",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_judgements_TargetId",
                table: "judgements",
                column: "TargetId",
                filter: "SupersededBy IS NULL AND WithdrawnBy IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_judgements_TrainingRun",
                table: "judgements",
                column: "TrainingRun",
                filter: "TrainingRun IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_judgements_UserId_Sequence",
                table: "judgements",
                columns: new[] { "UserId", "Sequence" });

            foreach (var change in new[] { "UPDATE", "DELETE" })
                migrationBuilder.Sql(
                    $"CREATE TRIGGER events_refuse_{change} BEFORE {change} ON events BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "batch_members");

            migrationBuilder.DropTable(
                name: "consents");

            migrationBuilder.DropTable(
                name: "ended_batches");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropTable(
                name: "judgements");
        }
    }
}
