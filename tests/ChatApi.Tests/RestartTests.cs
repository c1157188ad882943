using System.Text.Json;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ChatLoop.ChatApi.Tests;

/// <summary>A restart keeps visitors, conversations and judgements.</summary>
public sealed class RestartTests(RestartTests.Impatient server) : IClassFixture<RestartTests.Impatient>
{
    public sealed class Impatient : ChatLoopServer
    {
        protected override IEnumerable<string> Settings => ["--Silo:FinishAnswers=00:00:00"];
    }

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

    /// <summary>Time enough for any answer.</summary>
    public sealed class Patient : ChatLoopServer
    {
        protected override IEnumerable<string> Settings => ["--Silo:FinishAnswers=00:10:00"];
    }

    public sealed class DrainTests(Patient server) : IClassFixture<Patient>
    {
        [Fact]
        public async Task An_answer_under_way_ends_before_the_service_does()
        {
            using var visitor = new TestVisitor(server);
            var conversation = await visitor.NewConversation();
            var script = server.Engine.Script("Take your time");
            var run = await visitor.Send(conversation, "Take your time");
            script.Write("Here ");
            using (var reader = await RunEventReader.Open(visitor, conversation, run.RunId))
                while (await reader.Next() is { Kind: not Contracts.Generation.RunEventKind.Delta }) { }
            server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() =>
            {
                script.Write("it is.");
                script.End();
            });

            await server.Restart();
            foreach (System.Net.Cookie cookie in visitor.Cookies.GetAllCookies())
                visitor.Cookies.Add(server.Address, new System.Net.Cookie(cookie.Name, cookie.Value));

            var kept = (await visitor.Conversation(conversation)).Turns[1];
            Assert.Equal(("Here it is.", TurnStatus.Complete), (kept.Text, kept.Status));
        }
    }
}
