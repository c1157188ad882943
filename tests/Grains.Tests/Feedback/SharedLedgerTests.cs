using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Feedback.Postgres;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using CsCheck;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatLoop.Grains.Tests.Feedback;

/// <summary>Two silos that write to one ledger at the same time.</summary>
public sealed class SharedLedgerTests(StoreServers servers) : IAsyncLifetime
{
    private const int Users = 3, Targets = 6, Runs = 4, Ids = 40;

    private NpgsqlDataSource _source = null!;
    private FeedbackStore[] _silos = [];

    public async ValueTask InitializeAsync()
    {
        _source = NpgsqlDataSource.Create(await servers.Database());
        await PostgresLedger.Migrate(_source, Reading.Guard);
        _silos = [Open(), Open()];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos) silo.Dispose();
        await _source.DisposeAsync();
    }

    /// <summary>
    /// Calls in any order, each to any silo, many of them repeated, all at once. Whoever was told a number for a judgement was told the
    /// same one, the ledger holds each once and without gaps, and the kept counts are those of the rows.
    /// </summary>
    [Fact]
    public async Task Each_acknowledged_event_is_there_exactly_once_whatever_the_interleaving()
    {
        var round = 0;
        var call = Gen.Select(Gen.Int[0, 1], Gen.Int[0, 9], Gen.Int[0, Ids - 1], Gen.Int[0, Runs - 1], Gen.Bool, Gen.Int[1, 3],
            (silo, kind, id, run, flag, times) => (silo, kind, id, run, flag, times));
        await call.Array[1, 120].SampleAsync(async calls =>
        {
            var prefix = $"r{Interlocked.Increment(ref round)}";
            var told = await Task.WhenAll(calls.SelectMany(c => Enumerable.Range(0, c.times).Select(again =>
                Do(_silos[(c.silo + again) % 2], prefix, c.kind, c.id, c.run, c.flag))));

            var acknowledged = told.OfType<(string Id, long Sequence)>().Distinct().ToArray();
            Assert.Equal(acknowledged.Length, acknowledged.Select(a => a.Id).Distinct().Count());
            await CheckLedger(acknowledged.ToDictionary());
        }, iter: 25, threads: 1);
    }

    [Fact]
    public async Task Same_judgement_sent_to_both_silos_at_once_is_one_event()
    {
        for (var i = 0; i < 50; i++)
        {
            var statuses = await Task.WhenAll(_silos.Select(s => s.Record("ada", Submission.Pair($"p{i}", $"c{i}"), Submission.Context)));
            Assert.Equal(statuses[0], statuses[1]);
        }
        await CheckLedger([]);
    }

    [Fact]
    public async Task Counts_are_those_of_both_silos()
    {
        await _silos[0].SetConsent("ada", granted: true);
        await _silos[0].Record("ada", Submission.Pair("p1", "c1"), Submission.Context);
        await _silos[1].Record("ada", Submission.Pair("p2", "c2"), Submission.Context);
        Assert.Equal((2, 3L), ((await _silos[0].ReadCounts()).NewPairs, _silos[0].Counts.LastSequence));
        await _silos[0].TakeUpBatch("run-1", ["p1", "p2"]);
        Assert.Equal((0, 2), ((await _silos[1].ReadCounts()).NewPairs, _silos[1].Counts.Pairs));
    }

    private async Task<(string Id, long Sequence)?> Do(FeedbackStore store, string prefix, int kind, int id, int run, bool flag)
    {
        // What an id says is always the same, so that a repeated call repeats its content.
        var (user, target) = ($"user{id % Users}", $"{prefix}-t{id % Targets}");
        try
        {
            switch (kind)
            {
                case 0:
                    await store.SetConsent(user, flag);
                    return null;
                case 1:
                    await store.Withdraw(user, $"{prefix}-{id}");
                    return null;
                case 2:
                    await store.TakeUpBatch($"{prefix}-run{run}", [.. Enumerable.Range(id, 5).Select(i => $"{prefix}-{i}")]);
                    return null;
                case 3:
                    await (flag ? store.MarkLearned($"{prefix}-run{run}", run) : store.ReleaseBatch($"{prefix}-run{run}"));
                    return null;
                default:
                    var given = id % 2 == 0 ? Submission.Pair($"{prefix}-{id}", target) : Submission.Thumb($"{prefix}-{id}", target, up: id % 4 == 1);
                    return (given.FeedbackId, (await store.Record(user, given, Submission.Context)).Sequence);
            }
        }
        catch (ChatLoopException e) when (e.Code == ErrorCode.NotFound)
        {
            // Withdrew what nobody has given yet.
            return null;
        }
    }

    private async Task CheckLedger(Dictionary<string, long> acknowledged)
    {
        await using var context = new PostgresFeedbackContext(new DbContextOptionsBuilder<PostgresFeedbackContext>().UseNpgsql(_source).Options);
        var events = await context.Events.OrderBy(e => e.Sequence).Select(e => new { e.Sequence, e.FeedbackId, e.Kind }).ToListAsync(Reading.Guard);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.Sequence));
        var given = events.Where(e => e.Kind is LedgerEventKind.Pair or LedgerEventKind.Thumb).ToLookup(e => e.FeedbackId!, e => e.Sequence);
        Assert.All(acknowledged, a => Assert.Equal(a.Value, Assert.Single(given[a.Key])));
        var counted = await _silos[0].Recount();
        Assert.Equal(events.Count, counted.LastSequence);
        foreach (var silo in _silos) Assert.Equal(counted, await silo.ReadCounts());
    }

    private FeedbackStore Open() => new(new PostgresLedger(_source), new LearningSignal(), TimeProvider.System);
}
