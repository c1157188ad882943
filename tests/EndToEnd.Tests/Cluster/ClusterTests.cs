using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.EndToEnd.Tests.Service;
using Microsoft.AspNetCore.SignalR.Client;
using Npgsql;

namespace ChatLoop.EndToEnd.Tests.Cluster;

/// <summary>Two serving silos and two web servers: one service, whoever is asked and whichever silo dies.</summary>
public sealed class ClusterTests
{
    private const int Conversations = 12;
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Every_web_server_knows_the_visitors_conversations_and_pages_of_the_others()
    {
        using var guard = new CancellationTokenSource(Guard);
        var cancel = guard.Token;
        await using var cluster = await RunningCluster.Start(["serve", "serve"], webServers: 2, cancel);
        using var user = await ChatUser.Visit(cluster.WebServers[0].Address, cancel);
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var page = new HubConnectionBuilder()
            .WithUrl(new Uri(cluster.WebServers[1].Address, "/hubs/chat"), options => options.Cookies = CookiesAt(user, cluster.WebServers[1].Address))
            .Build();
        page.On<string>("ConversationChanged", id => heard.TrySetResult(id));
        await page.StartAsync(cancel);

        var conversation = await user.NewConversation(cancel);
        var run = await user.Send(conversation.ConversationId, "Hello!", null, null, cancel);
        Assert.Equal(conversation.ConversationId, await heard.Task.WaitAsync(cancel));
        user.Cookies.Add(cluster.WebServers[1].Address, CookiesAt(user, cluster.WebServers[1].Address).GetAllCookies()[0]);
        user.MoveTo(cluster.WebServers[1].Address);
        var answer = await user.Read(conversation.ConversationId, run.RunId, cancel);

        Assert.NotEmpty(answer);
        Assert.Equal(answer, (await user.Conversation(conversation.ConversationId, cancel)).Turns[1].Text);
        // They started at once: with a key each they would forget each other's visitors some minutes later.
        await using var database = NpgsqlDataSource.Create(cluster.Settings.Single(s => s.Item1 == "Cluster:ConnectionString").Item2);
        await using var keys = database.CreateCommand("SELECT count(*) FROM data_protection_keys");
        Assert.Equal(1L, await keys.ExecuteScalarAsync(cancel));
    }

    [Fact]
    public async Task Conversations_and_feedback_outlive_the_silo_that_held_them()
    {
        using var guard = new CancellationTokenSource(Guard);
        var cancel = guard.Token;
        await using var cluster = await RunningCluster.Start(["serve", "serve"], webServers: 1, cancel);
        using var user = new PatientUser(await ChatUser.Visit(cluster.WebServers[0].Address, cancel));
        List<(string Conversation, string Answer)> first = [];
        for (var i = 0; i < Conversations; i++)
        {
            var conversation = await user.NewConversation(cancel);
            first.Add((conversation, await user.Ask(conversation, "What is the capital of France?", null, cancel)));
        }
        var rated = (await user.Conversation(first[0].Conversation, cancel)).Turns[1];
        var thumb = await user.User.Judge(
            new() { FeedbackId = ChatUser.NewId(), Kind = FeedbackKind.Thumb, ConversationId = first[0].Conversation, TurnId = rated.TurnId, Thumb = Thumb.Up }, cancel);

        await cluster.Silos[0].Kill();

        foreach (var (conversation, answer) in first)
        {
            var turns = (await user.Conversation(conversation, cancel)).Turns;
            Assert.Equal([TurnStatus.Complete, TurnStatus.Complete], turns.Select(t => t.Status));
            Assert.Equal(answer, turns[1].Text);
            Assert.NotEmpty(await user.Ask(conversation, "And of Spain?", turns[1].TurnId, cancel));
        }
        Assert.Equal(thumb.Sequence, Assert.Single(await user.Try(() => user.User.MyFeedback(cancel), cancel)).Sequence);
    }

    /// <summary>A rolling restart: another silo comes, the old ones go one by one, and people chat all the while.</summary>
    [Fact]
    public async Task No_answer_is_cut_while_silos_are_replaced()
    {
        using var guard = new CancellationTokenSource(Guard);
        var cancel = guard.Token;
        await using var cluster = await RunningCluster.Start(["serve", "serve"], webServers: 1, cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var chats = Enumerable.Range(0, 4).Select(_ => ChatUntil(cluster, stop.Token, cancel)).ToArray();

        foreach (var old in cluster.Silos.ToArray())
        {
            cluster.Silos.Add(await cluster.StartSilo("serve", cancel));
            await old.Stop(cancel);
        }
        await stop.CancelAsync();

        foreach (var turns in await Task.WhenAll(chats))
        {
            Assert.NotEmpty(turns);
            Assert.All(turns, turn => Assert.Equal(TurnStatus.Complete, turn.Status));
        }
    }

    /// <summary>Short conversations one after the other; ends with all their turns.</summary>
    private static async Task<List<Turn>> ChatUntil(RunningCluster cluster, CancellationToken stop, CancellationToken cancel)
    {
        using var user = new PatientUser(await ChatUser.Visit(cluster.WebServers[0].Address, cancel));
        List<Turn> turns = [];
        while (!stop.IsCancellationRequested)
        {
            var conversation = await user.NewConversation(cancel);
            await user.Ask(conversation, "Tell me a story.", null, cancel);
            await user.Ask(conversation, "Another one, please.", (await user.Conversation(conversation, cancel)).Turns[^1].TurnId, cancel);
            turns.AddRange((await user.Conversation(conversation, cancel)).Turns);
        }
        return turns;
    }

    private static System.Net.CookieContainer CookiesAt(ChatUser user, Uri address)
    {
        var cookies = new System.Net.CookieContainer();
        foreach (System.Net.Cookie cookie in user.Cookies.GetAllCookies()) cookies.Add(address, new System.Net.Cookie(cookie.Name, cookie.Value));
        return cookies;
    }
}
