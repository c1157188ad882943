using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ChatLoop.EndToEnd.Tests.Service;
using Microsoft.AspNetCore.SignalR.Client;

namespace ChatLoop.EndToEnd.Tests.Cluster;

/// <summary>Accounts on PostgreSQL: what one web server was told, the other one knows.</summary>
public sealed class SharedAccountTests
{
    private const string Password = "an old green door";

    [Fact]
    public async Task Every_web_server_knows_accounts_keys_and_who_was_put_out()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var cancel = guard.Token;
        await using var cluster = await RunningCluster.Start(["serve"], webServers: 2, cancel,
            ("Identity:Admin:Name", "boss"), ("Identity:Admin:Password", "three brown walnuts"), ("Identity:RecheckEvery", "00:00:01"));
        var (here, there) = (cluster.WebServers[0].Address, cluster.WebServers[1].Address);
        using var user = await ChatUser.Visit(here, cancel);
        var conversation = await user.NewConversation(cancel);
        await user.Post<JsonElement?>("/api/v1/session/sign-up", new { name = "anna", password = Password }, cancel);
        var made = await user.Post<JsonElement>("/api/v1/me/api-keys", new { name = "report", scopes = (string[])["chat"] }, cancel);
        var me = await user.Get<JsonElement>("/api/v1/me", cancel);
        Assert.Equal("anna", me.GetProperty("name").GetString());

        using var elsewhere = await ChatUser.Visit(there, cancel);
        await elsewhere.Post<JsonElement?>("/api/v1/session/sign-in", new { name = "ANNA", password = Password }, cancel);
        Assert.Equal(conversation.ConversationId, (await elsewhere.Conversation(conversation.ConversationId, cancel)).ConversationId);
        using var program = new HttpClient { BaseAddress = there };
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made.GetProperty("key").GetString());
        Assert.Equal(HttpStatusCode.OK, await Status(program, cancel));

        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var page = new HubConnectionBuilder().WithUrl(new Uri(here, "/hubs/chat"), options => options.Cookies = user.Cookies).Build();
        page.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        await page.StartAsync(cancel);
        using var admin = await ChatUser.Visit(there, cancel);
        await admin.Post<JsonElement?>("/api/v1/session/sign-in", new { name = "boss", password = "three brown walnuts" }, cancel);
        using var change = new StringContent("""{"disabled":true}""", MediaTypeHeaderValue.Parse("application/json"));
        using var put = await admin.Http.PatchAsync(ChatUser.Relative($"/api/v1/accounts/{me.GetProperty("userId").GetString()}"), change, cancel);
        put.EnsureSuccessStatusCode();
        await closed.Task.WaitAsync(cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(program, cancel));
        await Assert.ThrowsAsync<RefusedException>(() => user.Conversation(conversation.ConversationId, cancel));
    }

    private static async Task<HttpStatusCode> Status(HttpClient program, CancellationToken cancellationToken)
    {
        using var answer = await program.GetAsync(ChatUser.Relative("/api/v1/conversations"), cancellationToken);
        return answer.StatusCode;
    }
}
