using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Stores;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Storage;

/// <summary>The database of a silo's grains is away for a while.</summary>
public sealed class StorageOutageTests
{
    [Fact]
    public async Task Call_fails_and_changes_nothing_while_it_is_gone_and_grains_go_on_once_it_is_back()
    {
        await using var server = await PostgresServer.Start();
        await using var silo = await Start(server);
        var conversation = silo.Grains.GetGrain<IConversationGrain>(NewId());
        await conversation.Create("ada", "Before");

        await server.Kill();
        // Orleans wraps what its storage throws; the HTTP API answers 503 to that, and what is inside can travel between silos.
        var away = await Assert.ThrowsAnyAsync<OrleansException>(() => conversation.Rename("ada", "Meanwhile"));
        Assert.Equal(ErrorCode.Busy, Assert.IsType<ChatLoopException>(away.InnerException).Code);
        Assert.Equal("Before", (await conversation.GetSnapshot("ada")).Title);

        await server.Restart();
        await conversation.Rename("ada", "After");
        Assert.Equal("After", (await conversation.GetSnapshot("ada")).Title);
    }

    [Fact]
    public async Task Answer_that_ends_while_it_is_gone_is_whole_once_it_is_back()
    {
        await using var server = await PostgresServer.Start();
        await using var silo = await Start(server);
        var conversation = silo.Grains.GetGrain<IConversationGrain>(NewId());
        await conversation.Create("ada", "Before");
        var receipt = await conversation.Say("ada", "Hello!");
        var answer = await silo.Engine.NextAnswer(Guard);
        await server.Kill();
        answer.Say("Hi");
        answer.End();
        await silo.Log.Written("is not stored yet", Guard);
        await server.Restart();

        var events = await conversation.ReadAll("ada", receipt.RunId);
        Assert.Equal(RunEventKind.Done, events[^1].Kind);
        var turn = await conversation.TurnOf("ada", receipt.AnswerTurnId);
        Assert.Equal(("Hi", TurnStatus.Complete), (turn.Text, turn.Status));
    }

    /// <summary>A silo that does not wait long for its database.</summary>
    private static async Task<ClusterSilo> Start(PostgresServer server) => await ClusterSilo.Start(
        "--Cluster:Storage=PostgreSql", $"--Cluster:ConnectionString={await server.CreateDatabase("Timeout=1;Command Timeout=1;Cancellation Timeout=100;")}");
}
