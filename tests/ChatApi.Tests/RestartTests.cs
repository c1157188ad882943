using System.Text.Json;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;

namespace ChatLoop.ChatApi.Tests;

/// <summary>A restart keeps visitors, conversations and judgements.</summary>
public sealed class RestartTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        using var visitor = new TestVisitor(server);
        await visitor.GrantConsent();
        var userId = (await visitor.Get("/api/v1/me")).Ok<JsonElement>().GetProperty("userId").GetString();
        var (id, comparison) = await visitor.NewPair();
        var given = await visitor.Judge(id, comparison, PairVerdict.Left);
        var before = await visitor.Conversation(id);
        var run = before.Turns[1].RunId!;
        var unfinished = await visitor.NewConversation();
        var script = server.Engine.Script("Cut off");
        var cut = await visitor.Send(unfinished, "Cut off");
        script.Write("so far");
        using (var reader = await RunEventReader.Open(visitor, unfinished, cut.RunId))
            while (await reader.Next() is { Kind: not Contracts.Generation.RunEventKind.Delta }) { }

        await server.Restart();
        foreach (System.Net.Cookie cookie in visitor.Cookies.GetAllCookies())
            visitor.Cookies.Add(server.Address, new System.Net.Cookie(cookie.Name, cookie.Value));

        Assert.Equal(userId, (await visitor.Get("/api/v1/me")).Ok<JsonElement>().GetProperty("userId").GetString());
        Assert.Equivalent(before, await visitor.Conversation(id), strict: true);
        Assert.Equal(given, Assert.Single((await visitor.Get("/api/v1/me/feedback")).Ok<FeedbackStatus[]>()));
        Assert.Equal(before.Turns[1].Text, ShownText.Of(await visitor.ReadToEnd(id, run)));
        var kept = (await visitor.Conversation(unfinished)).Turns[1];
        Assert.Equal(("so far", TurnStatus.Interrupted), (kept.Text, kept.Status));
        await visitor.AnswerAgain(unfinished, cut.UserTurnId);
    }
}
