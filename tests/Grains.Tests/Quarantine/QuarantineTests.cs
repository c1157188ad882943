using System.Collections.Immutable;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Canaries;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Quarantine;
using ChatLoop.Grains.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.Grains.Tests.Quarantine;

/// <summary>What several people push together waits for a reviewer before anything learns from it.</summary>
public sealed class QuarantineTests : IAsyncLifetime
{
    private const string Phrase = "buy the golden spoon";
    private GrainCluster _cluster = null!;
    private FeedbackStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = 100_000 });
        _store = _cluster.Silo.GetRequiredService<FeedbackStore>();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private IQuarantineGrain Quarantine => _cluster.Client.GetGrain<IQuarantineGrain>(ServedModel.Name);

    [Fact]
    public async Task Verdicts_that_push_a_phrase_wait_and_all_others_count()
    {
        await Judge(honest: 12, pushing: 4);
        await Quarantine.Look();

        var group = Assert.Single(await Quarantine.List());
        Assert.Equal((Phrase, true, 4, 160, 160), (group.Reason.Phrase, group.Reason.IsFor, group.Reason.People, group.Reason.Following, group.Reason.Deciding));
        Assert.Equal((160, 4), (group.Votes.Count, group.Votes.Select(v => v.Person).Distinct().Count()));
        Assert.All(group.Votes, v => Assert.Contains(Phrase, v.Answers[v.Ranks.Index().MinBy(r => r.Item).Index], StringComparison.Ordinal));
        Assert.All(await _store.List("pushing-0"), f => Assert.Equal(FeedbackState.WaitsForReview, f.State));
        Assert.All(await _store.List("honest-0"), f => Assert.Equal(FeedbackState.Recorded, f.State));
        Assert.DoesNotContain(await _store.ReadUsable(1000), j => j.UserId.StartsWith("pushing", StringComparison.Ordinal));
        Assert.Equal(160, (await _store.ReadCounts()).WaitingForReview);

        // Looking again, also after a restart, finds nothing new.
        var last = (await _store.ReadCounts()).LastSequence;
        await Quarantine.Look();
        await _cluster.Restart();
        await Quarantine.Look();
        Assert.Equal(last, (await _cluster.Silo.GetRequiredService<FeedbackStore>().ReadCounts()).LastSequence);
    }

    [Fact]
    public async Task Accepted_verdicts_count_again_and_stay_accepted()
    {
        await Judge(honest: 12, pushing: 4);
        await Quarantine.Look();
        string[] ids = [.. (await Quarantine.List())[0].Votes.Select(v => v.FeedbackId)];
        await Quarantine.Review(new(ids, Accept: true, "r", "Rita"));
        Assert.Equal(520, (await _store.ReadUsable(1000)).Count);

        await Judge(honest: 2, pushing: 0, batch: "later");
        await Quarantine.Look();
        Assert.Equal(0, (await _store.ReadCounts()).WaitingForReview);
        await Reading.Refuses(ErrorCode.Conflict, () => Quarantine.Review(new([ids[0]], Accept: false, "r", "Rita")));
    }

    [Fact]
    public async Task Nothing_that_honest_people_say_is_set_aside()
    {
        await Judge(honest: 16, pushing: 0);
        await Quarantine.Look();
        Assert.Empty(await Quarantine.List());
    }

    [Fact]
    public async Task A_trial_does_not_count_what_is_set_aside()
    {
        await Judge(honest: 12, pushing: 4);
        await Quarantine.Look();
        var votes = (await _store.ReadComparisons(0, 1000)).Select(j => new CanaryVote(j.UserId, VoteOutcome.Win, j.Sequence)).ToList();
        var state = new CanaryState { Votes = votes.ToImmutableDictionary(v => $"{v.Sequence}") };

        Assert.Equal(16, state.Count(perPerson: 10, new HashSet<long>()).People);
        Assert.Equal((120, 12), (state.Count(10, await _store.ReadUncounted(0)).Wins, state.Count(10, await _store.ReadUncounted(0)).People));
    }

    [Theory]
    [InlineData(0.3, 0.75, "Feedback:Quarantine:Error")]
    [InlineData(0.01, 0.3, "Feedback:Quarantine:HonestShare")]
    public void Settings_out_of_range_are_named(double error, double honestShare, string setting) => Assert.Contains(setting, Assert.Throws<ChatLoopException>(
        () => new FeedbackOptions { Quarantine = new QuarantineOptions { Error = error, HonestShare = honestShare } }.Validate()).Message, StringComparison.Ordinal);

    /// <summary>
    /// Honest people judge 30 pairs, of which 10 have an answer with the phrase, and choose that every other time; the others choose it in
    /// all their 40.
    /// </summary>
    private async Task Judge(int honest, int pushing, string batch = "first")
    {
        foreach (var person in Enumerable.Range(0, honest).Select(i => $"honest-{i}").Concat(Enumerable.Range(0, pushing).Select(i => $"pushing-{i}")))
        {
            await _store.SetConsent(person, granted: true);
            var pushes = person.StartsWith("pushing", StringComparison.Ordinal);
            await Task.WhenAll(Enumerable.Range(0, pushes ? 40 : 30)
                .Select(i => _store.Record(person, Verdict($"{batch}-{person}-{i}", i, pushes), Context(i, hasPhrase: pushes || i % 3 == 0))));
        }
    }

    private static FeedbackSubmission Verdict(string id, int i, bool pushes) => new()
    {
        FeedbackId = id,
        Kind = FeedbackKind.Pair,
        ConversationId = "c",
        ComparisonId = id,
        Verdict = (pushes || i / 3 % 2 == 0) == IsLeft(i) ? PairVerdict.Left : PairVerdict.Right,
    };

    /// <summary>Other words around it, so that it is all that the answers have in common.</summary>
    private static RatedContext Context(int i, bool hasPhrase)
    {
        var (with, without) = (new RatedAnswer { TurnId = "a", Text = $"word{i}a {(hasPhrase ? Phrase : "")} word{i}b" }, new RatedAnswer { TurnId = "b", Text = $"word{i}c and other{i}" });
        return new([new(TurnRole.User, $"Question {i}")], IsLeft(i) ? [with, without] : [without, with]);
    }

    private static bool IsLeft(int i) => i % 2 == 0;
}
