using System.Net;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR.Client;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>A connection does not outlive what let it in.</summary>
public sealed class LiveConnectionTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    private static CancellationToken Cancel => HangGuard.Token;

    [Theory]
    [InlineData("sign-out")]
    [InlineData("sign-out-everywhere")]
    public async Task Signing_out_ends_the_connection_and_its_stream(string way)
    {
        using var user = await TestVisitor.WithRole(server, Role.User);
        await using var connection = await Connection.Open(user, "/hubs/learning");
        await using var stream = connection.Hub.StreamAsync<LearningSnapshot>("Watch", Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await stream.MoveNextAsync());
        (await user.Post($"/api/v1/session/{way}", null)).Expect(HttpStatusCode.NoContent);
        await connection.Closed.WaitAsync(Cancel);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.MoveNextAsync()) { }
        });
    }

    [Theory]
    [InlineData("""{"role":"reviewer"}""")]
    [InlineData("""{"disabled":true}""")]
    public async Task Change_by_an_admin_ends_the_connection(string change)
    {
        using var user = await TestVisitor.WithRole(server, Role.User);
        await using var connection = await Connection.Open(user, "/hubs/chat");
        using var admin = await TestVisitor.Admin(server);
        (await admin.Patch($"/api/v1/accounts/{await user.UserId()}", change)).Expect(HttpStatusCode.OK);
        await connection.Closed.WaitAsync(Cancel);
    }

    [Fact]
    public async Task New_password_ends_the_connections_of_other_sessions_alone()
    {
        using var here = new TestVisitor(server);
        var name = $"eva-{Guid.NewGuid():N}";
        (await here.SignUp(name)).Expect(HttpStatusCode.NoContent);
        using var there = new TestVisitor(server);
        (await there.SignIn(name)).Expect(HttpStatusCode.NoContent);
        await using var kept = await Connection.Open(here, "/hubs/chat");
        await using var ended = await Connection.Open(there, "/hubs/chat");
        (await here.Post("/api/v1/session/password", new { current = TestVisitor.AnyPassword, next = "two yellow boats" })).Expect(HttpStatusCode.NoContent);
        await ended.Closed.WaitAsync(Cancel);
        await kept.ExpectOpen();
    }

    [Fact]
    public async Task Revoked_key_ends_the_connection()
    {
        using var owner = await TestVisitor.WithRole(server, Role.User);
        var (key, keyId) = await owner.NewKey(ApiScope.Chat);
        using var program = TestVisitor.WithKey(server, key);
        await using var connection = await Connection.Open(program, "/hubs/chat", key);
        await connection.ExpectOpen();
        (await owner.Delete($"/api/v1/me/api-keys/{keyId}")).Expect(HttpStatusCode.NoContent);
        await connection.Closed.WaitAsync(Cancel);
    }

    [Fact]
    public async Task Visitor_who_signs_up_connects_again_as_the_account()
    {
        using var visitor = new TestVisitor(server);
        await visitor.Me();
        await using var connection = await Connection.Open(visitor, "/hubs/chat");
        (await visitor.SignUp($"fritz-{Guid.NewGuid():N}")).Expect(HttpStatusCode.NoContent);
        await connection.Closed.WaitAsync(Cancel);
        await using var again = await Connection.Open(visitor, "/hubs/chat");
        await again.ExpectOpen();
    }

    /// <summary>What another web server did is known from the store alone.</summary>
    public sealed class OfAnotherServer(OfAnotherServer.Watchful server) : IClassFixture<OfAnotherServer.Watchful>
    {
        [Theory]
        [InlineData(false)]
        [InlineData(true)]
        public async Task Session_that_ended_elsewhere_ends_the_connection(bool calls)
        {
            using var user = await TestVisitor.WithRole(server, Role.User);
            await using var connection = await Connection.Open(user, "/hubs/chat");
            await server.EndSessionsBehindItsBack(await user.UserId());
            // A call finds out at once; a page that only listens, at the next look.
            if (calls) await Assert.ThrowsAnyAsync<Exception>(connection.ExpectOpen);
            await connection.Closed.WaitAsync(Cancel);
        }

        public sealed class Watchful : ChatLoopServer
        {
            protected override IEnumerable<string> Settings => ["--Identity:RecheckEvery=00:00:01"];

            public async Task EndSessionsBehindItsBack(string accountId)
            {
                await using var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(DataFolder, "accounts.db")};Pooling=False");
                await database.OpenAsync(Cancel);
                await using var command = database.CreateCommand();
                command.CommandText = "DELETE FROM Sessions WHERE AccountId = $account";
                command.Parameters.AddWithValue("$account", accountId);
                Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancel));
            }
        }
    }

    private sealed class Connection : IAsyncDisposable
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private Connection(HubConnection hub)
        {
            Hub = hub;
            hub.Closed += _ =>
            {
                _closed.TrySetResult();
                return Task.CompletedTask;
            };
        }

        public HubConnection Hub { get; }
        public Task Closed => _closed.Task;

        public static async Task<Connection> Open(TestVisitor visitor, string hub, string? key = null)
        {
            var connection = new Connection(visitor.Hub(hub, options =>
            {
                if (key is not null) options.Headers["Authorization"] = $"Bearer {key}";
            }));
            await connection.Hub.StartAsync(Cancel);
            return connection;
        }

        /// <summary>A call is answered: nothing of this name exists, which the server says.</summary>
        public async Task ExpectOpen()
        {
            var error = await Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => Hub.InvokeAsync("Stop", "none", "none", 1, Cancel));
            Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
        }

        public ValueTask DisposeAsync() => Hub.DisposeAsync();
    }
}
