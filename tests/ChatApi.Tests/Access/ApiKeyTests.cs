using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Tests.Service;
using Microsoft.Data.Sqlite;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>Keys for programs.</summary>
public sealed class ApiKeyTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    [Fact]
    public async Task Key_acts_as_its_owner_within_its_scopes_and_needs_no_header()
    {
        using var owner = await TestVisitor.WithRole(server, Role.User);
        var (key, _) = await owner.NewKey(ApiScope.Chat);
        using var program = TestVisitor.WithKey(server, key);
        var made = await program.Call(HttpMethod.Post, "/api/v1/conversations", "{}", ("X-ChatLoop", ""));
        made.Expect(HttpStatusCode.Created);
        Assert.False(made.Headers.Contains("Set-Cookie"));
        var conversation = made.Ok<JsonElement>().GetProperty("conversationId").GetString()!;
        Assert.Equal(conversation, (await owner.Conversation(conversation)).ConversationId);
        (await program.Put("/api/v1/me/consent", new { granted = true })).Problem(HttpStatusCode.Forbidden, "forbidden", "scope", "feedback");
        (await program.Get("/api/v1/me/api-keys")).Problem(HttpStatusCode.Forbidden, "forbidden", "No API key");
    }

    [Fact]
    public async Task Key_counts_whatever_cookie_comes_with_it()
    {
        using var admin = await TestVisitor.Admin(server);
        admin.Http.DefaultRequestHeaders.Authorization = new("Bearer", "cl_unknown");
        (await admin.Get("/api/v1/accounts")).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "API key");
        (await admin.Get("/api/v1/me")).Problem(HttpStatusCode.Unauthorized, "unauthenticated", "API key");
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNzd29yZA==")]
    [InlineData("Bearer")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    public async Task Anything_else_in_the_header_is_refused_and_makes_no_visitor(string header)
    {
        using var visitor = new TestVisitor(server);
        var answer = await visitor.Get("/api/v1/me", ("Authorization", header));
        answer.Problem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Only_a_hash_is_kept_and_the_key_is_shown_once()
    {
        using var owner = await TestVisitor.WithRole(server, Role.User);
        var (key, keyId) = await owner.NewKey(ApiScope.Chat, ApiScope.Feedback);
        Assert.Matches("^cl_[A-Za-z0-9_-]{43}$", key);
        var listed = await owner.Get("/api/v1/me/api-keys");
        var entry = Assert.Single(listed.Ok<JsonElement>().EnumerateArray());
        Assert.Equal((keyId, key[..9]), (entry.GetProperty("keyId").GetString(), entry.GetProperty("prefix").GetString()));
        Assert.DoesNotContain(key, listed.Body, StringComparison.Ordinal);

        await using var database = new SqliteConnection($"Data Source={Path.Combine(server.DataFolder, "accounts.db")};Mode=ReadOnly;Pooling=False");
        await database.OpenAsync(HangGuard.Token);
        await using var command = database.CreateCommand();
        command.CommandText = "SELECT Hash FROM ApiKeys WHERE Id = $id";
        command.Parameters.AddWithValue("$id", keyId);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(key)), (byte[]?)await command.ExecuteScalarAsync(HangGuard.Token));
    }

    [Theory]
    [InlineData("""{"name":"x","scopes":["admin"]}""", HttpStatusCode.Forbidden, "only an admin")]
    [InlineData("""{"name":"","scopes":["chat"]}""", HttpStatusCode.BadRequest, "name")]
    [InlineData("""{"name":"x","scopes":[]}""", HttpStatusCode.BadRequest, "scopes")]
    [InlineData("""{"name":"x","scopes":["chat"],"days":0}""", HttpStatusCode.BadRequest, "days")]
    [InlineData("""{"name":"x","scopes":["chat"],"days":366}""", HttpStatusCode.BadRequest, "days")]
    [InlineData("""{"name":"x","scopes":["everything"]}""", HttpStatusCode.BadRequest, "scopes")]
    public async Task Key_that_cannot_be_is_refused(string body, HttpStatusCode status, string word)
    {
        using var owner = await TestVisitor.WithRole(server, Role.User);
        (await owner.Post("/api/v1/me/api-keys", body)).Problem(status, status == HttpStatusCode.Forbidden ? "forbidden" : "invalid", word);
    }

    [Fact]
    public async Task Key_of_an_admin_who_is_none_any_more_does_no_more_than_the_owner()
    {
        using var owner = await TestVisitor.WithRole(server, Role.Admin);
        var (key, _) = await owner.NewKey(ApiScope.Admin);
        using var program = TestVisitor.WithKey(server, key);
        (await program.Post("/api/v1/checkpoints/99/live", new { reason = "test" })).Expect(HttpStatusCode.NotFound);
        using var admin = await TestVisitor.Admin(server);
        var account = $"/api/v1/accounts/{await owner.UserId()}";
        (await admin.Patch(account, new { role = "user" })).Expect(HttpStatusCode.OK);
        (await program.Post("/api/v1/checkpoints/99/live", new { reason = "test" })).Problem(HttpStatusCode.Forbidden, "forbidden", "role admin");
        (await admin.Patch(account, new { disabled = true })).Expect(HttpStatusCode.OK);
        (await program.Get("/api/v1/me")).Problem(HttpStatusCode.Unauthorized, "unauthenticated");
    }
}
