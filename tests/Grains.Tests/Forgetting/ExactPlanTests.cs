using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Feedback.Postgres;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using Npgsql;

namespace ChatLoop.Grains.Tests.Forgetting;

/// <summary>
/// A service that forgot plans as one that never saw what it forgot: the same parent, the same seed, the same batch to the last character.
/// </summary>
public abstract class ExactPlanTests : IAsyncLifetime
{
    private static readonly string[] Users = ["ada", "bob", "eve"];
    private readonly List<LedgerWorld> _worlds = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var world in _worlds) world.Dispose();
        await DeleteAll();
        GC.SuppressFinalize(this);
    }

    /// <summary>An empty ledger.</summary>
    protected abstract Task<LedgerDatabase> Open();

    protected abstract Task DeleteAll();

    protected abstract int Histories { get; }

    [Fact]
    public async Task User_who_was_learned_and_took_everything_back_leaves_no_trace_in_the_next_plan()
    {
        var (saw, never) = (await NewWorld(), await NewWorld());
        foreach (var world in (LedgerWorld[])[saw, never])
        {
            await world.Store.SetConsent("ada", granted: true);
            await world.Store.SetConsent("bob", granted: true);
            for (var i = 0; i < 12; i++)
            {
                await Give(world, new("ada", $"a{i}", $"ta{i}", i % 3 == 0));
                if (world == saw) await Give(world, new("bob", $"b{i}", $"tb{i}", i % 2 == 0));
            }
        }
        await saw.Run("run-1", goesLive: true);
        var known = await saw.Plan();
        await saw.Store.WithdrawAll("bob");

        Assert.NotEqual(known.ParentHash, (await saw.Plan()).ParentHash);
        Assert.Equal(await never.Plan(), await saw.Plan());
        // And so on: the versions that both make are one and the same, whatever their numbers.
        await saw.Run("run-2", goesLive: true);
        await never.Run("run-1", goesLive: true);
        await Give(saw, new("ada", "later", "t-later", Prefers: true));
        await Give(never, new("ada", "later", "t-later", Prefers: true));
        Assert.Equal(await never.Plan(), await saw.Plan());
    }

    /// <summary>
    /// Random histories of judgements, changed judgements, withdrawals, consent given and ended, runs that end well or not, and ancestors
    /// that go live again. What was withdrawn in the end, and the runs that go with it, are then left out.
    /// </summary>
    [Fact]
    public async Task Next_plan_is_that_of_the_history_without_the_withdrawn_events()
    {
        var forgot = 0;
        for (var seed = 1; seed <= Histories; seed++)
        {
            var (saw, history) = await RandomHistory(new Random(seed));
            var never = await Without(saw, history);
            Assert.True(await never.Plan() == await saw.Plan(), $"history {seed}");
            forgot += (await saw.Knowledge()).LeftRuns.Count;
        }
        Assert.True(forgot > Histories, "Hardly anything was forgotten.");
    }

    private async Task<(LedgerWorld World, List<HistoryEvent> History)> RandomHistory(Random random)
    {
        var world = await NewWorld(largestBatch: random.Next(4, 12));
        List<HistoryEvent> history = [];
        foreach (var user in Users) await SetConsent(user, granted: true);
        for (var i = 0; i < 60; i++)
        {
            var user = Users[random.Next(Users.Length)];
            switch (random.Next(20))
            {
                case < 11:
                    var give = new HistoryEvent.Give(user, $"f{i}", $"{user}-{random.Next(12)}", random.Next(2) == 0);
                    await Give(world, give);
                    history.Add(give);
                    break;
                case < 13:
                    var own = await world.Store.List(user);
                    if (own.Count > 0) await world.Store.Withdraw(user, own[random.Next(own.Count)].Submission.FeedbackId);
                    break;
                case 13:
                    await SetConsent(user, random.Next(3) > 0);
                    break;
                case 14 when random.Next(4) == 0:
                    await world.Store.WithdrawAll(user);
                    break;
                case 14 when random.Next(3) == 0:
                    await world.FallBack();
                    break;
                case >= 16:
                    var goesLive = random.Next(3) > 0;
                    history.Add(new HistoryEvent.Run($"run-{i}", goesLive, await world.Run($"run-{i}", goesLive)));
                    break;
            }
        }
        return (world, history);

        async Task SetConsent(string user, bool granted)
        {
            await world.Store.SetConsent(user, granted);
            history.Add(new HistoryEvent.Consent(user, granted));
        }
    }

    private async Task<LedgerWorld> Without(LedgerWorld saw, List<HistoryEvent> history)
    {
        var leftRuns = (await saw.Knowledge()).LeftRuns;
        HashSet<string> withdrawn = [];
        foreach (var user in Users) withdrawn.UnionWith((await saw.Store.List(user)).Where(f => f.State == FeedbackState.Withdrawn).Select(f => f.Submission.FeedbackId));
        var never = await NewWorld(saw.LargestBatch);
        foreach (var happened in history)
            switch (happened)
            {
                case HistoryEvent.Give give when !withdrawn.Contains(give.Id):
                    await Give(never, give);
                    break;
                case HistoryEvent.Consent consent:
                    await never.Store.SetConsent(consent.User, consent.Granted);
                    break;
                case HistoryEvent.Run run when !leftRuns.Contains(run.RunId):
                    Assert.Equal(run.Held, await never.Run(run.RunId, run.GoesLive, run.Held));
                    break;
            }
        return never;
    }

    private static Task<FeedbackStatus> Give(LedgerWorld world, HistoryEvent.Give give) => world.Store.Record(give.User, give.Submission, give.Context);

    private async Task<LedgerWorld> NewWorld(int largestBatch = 1000)
    {
        var world = new LedgerWorld(new(await Open(), new LearningSignal(), TimeProvider.System), largestBatch);
        _worlds.Add(world);
        return world;
    }
}

public sealed class ExactPlanOnSqliteTests : ExactPlanTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-exact-").FullName;

    protected override int Histories => 20;

    protected override Task<LedgerDatabase> Open() => Task.FromResult<LedgerDatabase>(new SqliteLedger(Path.Combine(_folder, $"{Guid.NewGuid():N}.db")));

    protected override Task DeleteAll()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}

public sealed class ExactPlanOnPostgresTests(StoreServers servers) : ExactPlanTests
{
    private readonly List<NpgsqlDataSource> _sources = [];

    protected override int Histories => 3;

    protected override async Task<LedgerDatabase> Open()
    {
        _sources.Add(NpgsqlDataSource.Create(await servers.Database()));
        await PostgresLedger.Migrate(_sources[^1], Reading.Guard);
        return new PostgresLedger(_sources[^1]);
    }

    protected override async Task DeleteAll()
    {
        foreach (var source in _sources) await source.DisposeAsync();
    }
}
