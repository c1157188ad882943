using System.Net;
using System.Text.Json;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Conversations;

namespace ChatLoop.ChatApi.Tests;

/// <summary>Conversations over HTTP: made, listed, renamed, deleted, and nobody else's.</summary>
public sealed class ConversationTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    [Fact]
    public async Task Create_get_list_rename_and_delete()
    {
        using var visitor = new TestVisitor(server);
        var created = await visitor.Post("/api/v1/conversations", new { title = "  Trains " });
        var conversation = created.Expect(HttpStatusCode.Created).Ok<ConversationSnapshot>();
        Assert.Equal("Trains", conversation.Title);
        Assert.Equal($"/api/v1/conversations/{conversation.ConversationId}", created.Headers.Location?.ToString());
        var path = $"/api/v1/conversations/{conversation.ConversationId}";

        (await visitor.Patch(path, new { title = "Ships" })).Expect(HttpStatusCode.NoContent);
        Assert.Equal("Ships", (await visitor.Conversation(conversation.ConversationId)).Title);
        var second = await visitor.NewConversation();
        await visitor.Ask(conversation.ConversationId, "Hello");
        var list = (await visitor.Get("/api/v1/conversations")).Ok<ConversationSummary[]>();
        Assert.Equal([conversation.ConversationId, second], list.Select(c => c.ConversationId));

        (await visitor.Delete(path)).Expect(HttpStatusCode.NoContent);
        (await visitor.Get(path)).Problem(HttpStatusCode.NotFound, "notFound");
        Assert.Equal(second, Assert.Single((await visitor.Get("/api/v1/conversations")).Ok<ConversationSummary[]>()).ConversationId);
    }

    [Fact]
    public async Task Body_is_not_needed_to_create()
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Post("/api/v1/conversations", null)).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PATCH", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/messages")]
    [InlineData("POST", "/answers")]
    [InlineData("GET", "/runs/r1/events")]
    [InlineData("POST", "/runs/r1/stop")]
    public async Task Unknown_conversation_and_another_users_are_not_told_apart(string method, string path)
    {
        using var owner = new TestVisitor(server);
        using var other = new TestVisitor(server);
        var own = await owner.NewConversation();
        foreach (var id in (string[])[own, Guid.NewGuid().ToString(), "not-an-id", "a.b!", new string('x', 65)])
        {
            var answer = await other.Call(new HttpMethod(method), $"/api/v1/conversations/{id}{path}", method == "GET" ? null : new
            {
                title = "Mine now",
                requestId = "r",
                text = "Hello",
                userTurnId = "t",
                seenSeq = 0,
            });
            answer.Problem(HttpStatusCode.NotFound, "notFound");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \n ")]
    public async Task Empty_message_is_refused(string text) =>
        (await SendTo(new { requestId = "r1", text })).Problem(HttpStatusCode.BadRequest, "invalid", "message");

    [Fact]
    public async Task Long_message_is_refused_and_the_limit_named() =>
        (await SendTo(new { requestId = "r1", text = new string('x', 8_001) })).Problem(HttpStatusCode.RequestEntityTooLarge, "tooLarge", "8,000");

    [Fact]
    public async Task Longest_message_is_taken() =>
        (await SendTo(new { requestId = "r1", text = new string('é', 8_000) })).Expect(HttpStatusCode.Accepted);

    [Fact]
    public async Task Huge_body_is_refused_and_the_limit_named() =>
        (await SendTo(new { requestId = "r1", text = new string('x', 70_000) })).Problem(HttpStatusCode.RequestEntityTooLarge, "tooLarge", "65536", "Limits:BodyBytes");

    [Theory]
    [InlineData("{\"requestId\":\"r1\"}", "text")]
    [InlineData("{\"requestId\":\"r1\",\"text\":7}", "$.text")]
    [InlineData("{\"requestId\":\"r1\",\"text\":null}", "text")]
    [InlineData("{\"text\":\"Hello\"}", "requestId")]
    [InlineData("{\"requestId\":\"r1\",", "body")]
    [InlineData("", "JSON body")]
    [InlineData("{\"requestId\":\"bad id!\",\"text\":\"Hello\"}", "requestId")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"temperature\":-1}}", "temperature")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"maxTokens\":0}}", "maxTokens")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"minP\":2}}", "minP")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"repetitionPenalty\":0}}", "repetitionPenalty")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"presencePenalty\":3}}", "presencePenalty")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"frequencyPenalty\":null}}", "frequencyPenalty")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"logitBias\":{\"7\":101}}}", "logitBias of token 7")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"logitBias\":{\"seven\":1}}}", "logitBias")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"logitBias\":null}}", "logitBias")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"regex\":\"(a\"}}", "regex is no regular expression")]
    [InlineData("{\"requestId\":\"r1\",\"text\":\"Hello\",\"sampling\":{\"jsonSchema\":\"{\\\"minimum\\\":1}\"}}", "minimum")]
    public async Task Malformed_message_is_refused_and_the_field_named(string body, string field) =>
        (await SendTo(body)).Problem(HttpStatusCode.BadRequest, "invalid", field);

    [Fact]
    public async Task Sampling_is_kept_with_the_answer()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var sampling = new { temperature = 0.8, topK = 40, minP = 0.05, repetitionPenalty = 1.1, presencePenalty = 0.5, frequencyPenalty = -0.25, logitBias = new Dictionary<string, double> { ["7"] = -100, ["12"] = 2.5 }, seed = 9, regex = "[a-z ]+" };
        var receipt = (await visitor.Post($"/api/v1/conversations/{id}/messages", new { requestId = TestVisitor.NewId(), text = "Hello", sampling })).Ok<RunReceipt>();
        await visitor.ReadToEnd(id, receipt.RunId);

        var kept = (await visitor.Conversation(id)).Turns.Single(t => t.TurnId == receipt.AnswerTurnId).Sampling!;
        Assert.Equal((0.8, 40, 0.05, 1.1, 0.5, -0.25), (kept.Temperature, kept.TopK, kept.MinP, kept.RepetitionPenalty, kept.PresencePenalty, kept.FrequencyPenalty));
        Assert.Equal([(7, -100), (12, 2.5)], kept.LogitBias.OrderBy(b => b.Key).Select(b => (b.Key, b.Value)));
        Assert.Equal((1, 160, 9, "[a-z ]+"), (kept.TopP, kept.MaxTokens, kept.Seed, kept.Regex));
    }

    [Fact]
    public async Task Body_of_another_type_is_refused()
    {
        using var content = new StringContent("Hello");
        (await SendTo(content)).Problem(HttpStatusCode.UnsupportedMediaType, "unsupportedMediaType", "application/json");
    }

    [Fact]
    public async Task Another_method_is_refused_and_those_taken_named()
    {
        using var visitor = new TestVisitor(server);
        (await visitor.Put("/api/v1/conversations", new { })).Problem(HttpStatusCode.MethodNotAllowed, "methodNotAllowed", "PUT");
    }

    [Fact]
    public async Task Unknown_parent_turn_is_refused() =>
        (await SendTo(new { requestId = "r1", text = "Hello", parentTurnId = "nope" })).Problem(HttpStatusCode.NotFound, "notFound");

    [Fact]
    public async Task Repeated_send_starts_one_answer()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var message = new { requestId = TestVisitor.NewId(), text = "Hello" };
        var first = (await visitor.Post($"/api/v1/conversations/{id}/messages", message)).Expect(HttpStatusCode.Accepted);
        var second = (await visitor.Post($"/api/v1/conversations/{id}/messages", message)).Expect(HttpStatusCode.Accepted);
        var receipt = first.Ok<RunReceipt>();
        Assert.Equal(receipt, second.Ok<RunReceipt>());
        Assert.Equal($"/api/v1/conversations/{id}/runs/{receipt.RunId}/events", first.Headers.Location?.ToString());
        await visitor.ReadToEnd(id, receipt.RunId);
        Assert.Equal(2, (await visitor.Conversation(id)).Turns.Count);
    }

    [Fact]
    public async Task Editing_and_regenerating_add_branches()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        var first = await visitor.Ask(id, "One");
        await visitor.Ask(id, "Two", first.AnswerTurnId);
        await visitor.Ask(id, "Two, edited", first.AnswerTurnId);
        var again = await visitor.AnswerAgain(id, first.UserTurnId);
        Assert.Null(again.Comparison);
        await visitor.ReadToEnd(id, again.RunId);

        var turns = (await visitor.Conversation(id)).Turns;
        Assert.Equal(["Two", "Two, edited"], turns.Where(t => t.ParentTurnId == first.AnswerTurnId).Select(t => t.Text));
        Assert.Equal([first.AnswerTurnId, again.AnswerTurnId], turns.Where(t => t.ParentTurnId == first.UserTurnId).Select(t => t.TurnId));
        Assert.All(turns.Where(t => t.Role == TurnRole.Assistant), t => Assert.Equal(1, Assert.Single(t.Versions).Version));
    }

    [Fact]
    public async Task Shapes_are_camel_case_with_words_for_enums()
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        await visitor.Ask(id, "Hello");
        var answer = (await visitor.Get($"/api/v1/conversations/{id}")).Ok<JsonElement>().GetProperty("turns")[1];
        Assert.Equal("assistant", answer.GetProperty("role").GetString());
        Assert.Equal("complete", answer.GetProperty("status").GetString());
        Assert.Equal("endOfTurn", answer.GetProperty("finish").GetString());
        Assert.Equal(TimeSpan.Zero, answer.GetProperty("createdAt").GetDateTimeOffset().Offset);
    }

    private async Task<ApiAnswer> SendTo(object body)
    {
        using var visitor = new TestVisitor(server);
        var id = await visitor.NewConversation();
        return await visitor.Post($"/api/v1/conversations/{id}/messages", body);
    }
}
