using System.Net;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;

namespace ChatLoop.ChatApi.Tests;

/// <summary>Judgements over HTTP: durable, idempotent, one's own, and blind.</summary>
public sealed class FeedbackTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    [Fact]
    public async Task Thumb_is_recorded_once_however_often_it_is_sent()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var (path, body, _, _) = await ThumbOn(visitor);
        var first = (await visitor.Put(path, body)).Ok<FeedbackStatus>();
        var second = (await visitor.Put(path, body)).Ok<FeedbackStatus>();
        Assert.Equal(first, second);
        Assert.Equal(FeedbackState.Recorded, first.State);
        Assert.Equal("good", first.Submission.Comment);
        Assert.Equal(first, Assert.Single((await visitor.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>()));
    }

    [Fact]
    public async Task Same_id_with_another_body_is_a_conflict()
    {
        using var visitor = new TestVisitor(server);
        var (path, body, id, turnId) = await ThumbOn(visitor);
        (await visitor.Put(path, body)).Expect(HttpStatusCode.OK);
        (await visitor.Put(path, new { kind = "thumb", conversationId = id, turnId, thumb = "down" })).Problem(HttpStatusCode.Conflict, "conflict");
    }

    [Fact]
    public async Task Newer_judgement_of_the_same_answer_supersedes_the_older()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var (path, body, id, turnId) = await ThumbOn(visitor);
        var up = (await visitor.Put(path, body)).Ok<FeedbackStatus>();
        var down = (await visitor.Put($"/api/v1/feedback/{TestVisitor.NewId()}", new { kind = "thumb", conversationId = id, turnId, thumb = "down" })).Ok<FeedbackStatus>();
        var list = (await visitor.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>();
        Assert.Equal([down.Submission.FeedbackId, up.Submission.FeedbackId], list.Select(f => f.Submission.FeedbackId));
        Assert.Equal([FeedbackState.Recorded, FeedbackState.Superseded], list.Select(f => f.State));
    }

    [Fact]
    public async Task Withdrawn_twice_is_withdrawn_once()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var (path, body, _, _) = await ThumbOn(visitor);
        (await visitor.Put(path, body)).Expect(HttpStatusCode.OK);
        Assert.Equal(FeedbackState.Withdrawn, (await visitor.Delete(path)).Ok<FeedbackStatus>().State);
        Assert.Equal(FeedbackState.Withdrawn, (await visitor.Delete(path)).Ok<FeedbackStatus>().State);
        Assert.Equal(FeedbackState.Withdrawn, Assert.Single((await visitor.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>()).State);
    }

    [Fact]
    public async Task Conversations_feedback_and_all_of_mine_can_be_taken_back_at_once()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var (path, body, id, _) = await ThumbOn(visitor);
        (await visitor.Put(path, body)).Expect(HttpStatusCode.OK);
        foreach (var _ in (int[])[1, 2])
        {
            var (otherPath, otherBody, _, _) = await ThumbOn(visitor);
            (await visitor.Put(otherPath, otherBody)).Expect(HttpStatusCode.OK);
        }

        var withdrawn = Assert.Single((await visitor.Delete($"/api/v1/conversations/{id}/feedback")).Ok<FeedbackStatus[]>());
        Assert.Equal((FeedbackState.Withdrawn, (string?)null), (withdrawn.State, withdrawn.Submission.Comment));
        Assert.Equal(1, await CountOf(FeedbackState.Withdrawn));
        Assert.Equal(3, (await visitor.Post("/api/v1/me/withdrawals", null)).Ok<FeedbackStatus[]>().Length);
        Assert.Equal(3, (await visitor.Post("/api/v1/me/withdrawals", null)).Ok<FeedbackStatus[]>().Length);
        Assert.Equal(3, await CountOf(FeedbackState.Withdrawn));

        async Task<int> CountOf(FeedbackState state) => (await visitor.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>().Count(f => f.State == state);
    }

    [Theory]
    [InlineData("", FeedbackState.Recorded)]
    [InlineData("?withdrawFeedback=true", FeedbackState.Withdrawn)]
    public async Task Who_deletes_a_conversation_chooses_what_becomes_of_its_feedback(string choice, FeedbackState expected)
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var (path, body, id, _) = await ThumbOn(visitor);
        (await visitor.Put(path, body)).Expect(HttpStatusCode.OK);
        (await visitor.Delete($"/api/v1/conversations/{id}{choice}")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(expected, Assert.Single((await visitor.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>()).State);
    }

    [Fact]
    public async Task Without_consent_it_is_kept_and_not_used()
    {
        using var visitor = new TestVisitor(server);
        var (path, body, _, _) = await ThumbOn(visitor);
        Assert.Equal(FeedbackState.NotUsed, (await visitor.Put(path, body)).Ok<FeedbackStatus>().State);
        await visitor.GrantConsent();
        Assert.Equal(FeedbackState.Recorded, Assert.Single((await visitor.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>()).State);
    }

    [Fact]
    public async Task Versions_stay_hidden_until_the_verdict_is_durable()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var (id, comparison) = await visitor.NewPair();
        var blind = await visitor.Conversation(id);
        string[] pair = [comparison.LeftTurnId, comparison.RightTurnId];
        Assert.All(blind.Turns.Where(t => pair.Contains(t.TurnId)), t => Assert.Empty(t.Versions));
        Assert.False(Assert.Single(blind.Comparisons).Decided);

        var status = await visitor.Judge(id, comparison, PairVerdict.Right);
        Assert.Equal((FeedbackState.Recorded, PairVerdict.Right), (status.State, status.Submission.Verdict!.Value));
        var open = await visitor.Conversation(id);
        Assert.All(open.Turns.Where(t => pair.Contains(t.TurnId)), t => Assert.NotEmpty(t.Versions));
        Assert.True(Assert.Single(open.Comparisons).Decided);
    }

    [Fact]
    public async Task Repeated_verdict_is_answered_also_after_the_conversation_was_deleted()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var (id, comparison) = await visitor.NewPair();
        var path = $"/api/v1/feedback/{TestVisitor.NewId()}";
        var body = new { kind = "pair", conversationId = id, comparisonId = comparison.ComparisonId, verdict = "tie" };
        var first = (await visitor.Put(path, body)).Ok<FeedbackStatus>();
        (await visitor.Delete($"/api/v1/conversations/{id}")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(first, (await visitor.Put(path, body)).Ok<FeedbackStatus>());
    }

    [Fact]
    public async Task Forged_or_foreign_targets_are_not_found()
    {
        using var owner = new TestVisitor(server);
        using var other = new TestVisitor(server);
        var (id, comparison) = await owner.NewPair();
        var own = await other.NewConversation();
        foreach (var (conversationId, comparisonId) in ((string, string)[])[(id, comparison.ComparisonId), (own, comparison.ComparisonId), (own, "forged")])
        {
            var pair = new { kind = "pair", conversationId, comparisonId, verdict = "left" };
            (await other.Put($"/api/v1/feedback/{TestVisitor.NewId()}", pair)).Problem(HttpStatusCode.NotFound, "notFound");
        }
        var thumb = new { kind = "thumb", conversationId = id, turnId = comparison.LeftTurnId, thumb = "up" };
        (await other.Put($"/api/v1/feedback/{TestVisitor.NewId()}", thumb)).Problem(HttpStatusCode.NotFound, "notFound");
        Assert.Empty((await other.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>());
    }

    [Fact]
    public async Task Another_users_judgement_cannot_be_withdrawn_or_overwritten()
    {
        using var owner = new TestVisitor(server);
        using var other = new TestVisitor(server);
        await owner.GrantConsent();
        var (path, body, _, _) = await ThumbOn(owner);
        (await owner.Put(path, body)).Expect(HttpStatusCode.OK);
        (await other.Delete(path)).Problem(HttpStatusCode.NotFound, "notFound");
        (await other.Delete("/api/v1/feedback/never-given")).Problem(HttpStatusCode.NotFound, "notFound");
        Assert.Equal(FeedbackState.Recorded, Assert.Single((await owner.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>()).State);
    }

    [Fact]
    public async Task Unfinished_answer_cannot_be_judged()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var script = server.Engine.Script("Not yet");
        var run = await visitor.Send(id, "Not yet");
        var thumb = new { kind = "thumb", conversationId = id, turnId = run.AnswerTurnId, thumb = "up" };
        (await visitor.Put($"/api/v1/feedback/{TestVisitor.NewId()}", thumb)).Problem(HttpStatusCode.BadRequest, "invalid");
        script.End();
        await visitor.ReadToEnd(id, run.RunId);
    }

    [Theory]
    [InlineData("{\"kind\":\"thumb\",\"conversationId\":\"c\"}", "turnId")]
    [InlineData("{\"kind\":\"thumb\",\"conversationId\":\"c\",\"turnId\":\"t\",\"thumb\":\"up\",\"verdict\":\"left\"}", "verdict")]
    [InlineData("{\"kind\":\"pair\",\"conversationId\":\"c\",\"comparisonId\":\"x\"}", "verdict")]
    [InlineData("{\"kind\":\"pair\",\"conversationId\":\"c\",\"comparisonId\":\"for ged\",\"verdict\":\"left\"}", "comparisonId")]
    [InlineData("{\"kind\":\"pair\",\"conversationId\":\"c\",\"comparisonId\":\"x\",\"verdict\":\"middle\"}", "verdict")]
    [InlineData("{\"kind\":\"pair\",\"conversationId\":\"c\",\"comparisonId\":\"x\",\"verdict\":1}", "verdict")]
    [InlineData("{\"kind\":\"stars\",\"conversationId\":\"c\"}", "kind")]
    [InlineData("{\"conversationId\":\"c\"}", "kind")]
    public async Task Malformed_judgement_is_refused_and_the_field_named(string body, string field)
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Put("/api/v1/feedback/f1", body)).Problem(HttpStatusCode.BadRequest, "invalid", field);
    }

    [Fact]
    public async Task Bad_id_and_long_comment_are_refused()
    {
        using var visitor = new TestVisitor(server);
        var (path, body, id, turnId) = await ThumbOn(visitor);
        (await visitor.Put("/api/v1/feedback/a b", body)).Problem(HttpStatusCode.BadRequest, "invalid", "feedbackId");
        var talkative = new { kind = "thumb", conversationId = id, turnId, thumb = "up", comment = new string('x', 2_001) };
        var answer = await visitor.Put(path, talkative);
        Assert.Contains(answer.Status, (HttpStatusCode[])[HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge]);
        Assert.Contains("2,000", answer.Body, StringComparison.Ordinal);
    }

    private static async Task<(string Path, object Body, string ConversationId, string TurnId)> ThumbOn(TestVisitor visitor)
    {
        var id = await visitor.NewConversation();
        RunReceipt run = await visitor.Ask(id, "Hello");
        return ($"/api/v1/feedback/{TestVisitor.NewId()}",
            new { kind = "thumb", conversationId = id, turnId = run.AnswerTurnId, thumb = "up", comment = " good " }, id, run.AnswerTurnId);
    }
}
