using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatLoop.Grains.Feedback.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Forgetting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsErased",
                schema: "ledger",
                table: "batch_members",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateIndex(
                name: "IX_judgements_WithdrawnBy",
                schema: "ledger",
                table: "judgements",
                column: "WithdrawnBy",
                filter: "\"WithdrawnBy\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_batch_members_FeedbackId",
                schema: "ledger",
                table: "batch_members",
                column: "FeedbackId");

            // The one change of an event that is allowed: what a withdrawn judgement says is erased.
            migrationBuilder.Sql(
                """
                DROP TRIGGER events_refuse_change ON ledger.events;
                CREATE TRIGGER events_refuse_change BEFORE DELETE OR TRUNCATE ON ledger.events
                FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
                CREATE FUNCTION ledger.allow_erasure() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN
                    IF NEW."Payload" IS NULL AND NEW."Comment" IS NULL
                        AND (NEW."Sequence", NEW."Kind", NEW."UserId", NEW."FeedbackId", NEW."TargetId", NEW."Supersedes", NEW."CreatedAt")
                            IS NOT DISTINCT FROM (OLD."Sequence", OLD."Kind", OLD."UserId", OLD."FeedbackId", OLD."TargetId", OLD."Supersedes", OLD."CreatedAt")
                        AND EXISTS (SELECT 1 FROM ledger.events WHERE "FeedbackId" = OLD."FeedbackId" AND "Kind" = 2)
                    THEN RETURN NEW; END IF;
                    RAISE EXCEPTION 'The ledger is append-only.';
                END $$;
                CREATE TRIGGER events_allow_erasure BEFORE UPDATE ON ledger.events FOR EACH ROW EXECUTE FUNCTION ledger.allow_erasure();
                """);
            // What was withdrawn before.
            migrationBuilder.Sql(
                """
                UPDATE ledger.events SET "Payload" = NULL, "Comment" = NULL
                WHERE "Payload" IS NOT NULL AND "FeedbackId" IN (SELECT "FeedbackId" FROM ledger.events WHERE "Kind" = 2);
                UPDATE ledger.judgements SET "Comment" = NULL, "Text" = NULL WHERE "WithdrawnBy" IS NOT NULL;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_judgements_WithdrawnBy",
                schema: "ledger",
                table: "judgements");

            migrationBuilder.DropIndex(
                name: "IX_batch_members_FeedbackId",
                schema: "ledger",
                table: "batch_members");

            migrationBuilder.DropColumn(
                name: "IsErased",
                schema: "ledger",
                table: "batch_members");

            migrationBuilder.Sql(
                """
                DROP TRIGGER events_allow_erasure ON ledger.events;
                DROP FUNCTION ledger.allow_erasure();
                DROP TRIGGER events_refuse_change ON ledger.events;
                CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events
                FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
                """);
        }
    }
}
