using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Canaries;

/// <summary>A version that passed the gate is tried on people: their votes, or the time that it has, decide.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private const int PairsPerRun = 4;
    private static readonly CollectionOptions Options = new()
    {
        PairsPerRun = PairsPerRun,
        DecidedShare = 0.5,
        RetryPause = TimeSpan.Zero,
        // Few votes decide: ln(0.9 / 0.1) are five in a row for it, of ln(0.5 / 0.3), or seven against it, of ln(0.5 / 0.7).
        Canary = new() { Share = 1, Margin = 0.2, FalsePromotions = 0.1, FalseStops = 0.1, VotesPerPerson = 2, Longest = TimeSpan.FromHours(1) },
    };

    private readonly ManualClock _clock = new();
    private GrainCluster _cluster = null!;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(Options, clock: _clock);
        await _cluster.Registry.EnsureStarter("starter", "hash");
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Version_that_passed_the_gate_is_on_trial_and_neither_live_nor_learned()
    {
        await TrainCanary();

        var snapshot = await _cluster.Learning.GetSnapshot();
        Assert.Equal([CheckpointStage.Live, CheckpointStage.Canary], snapshot.Checkpoints.Select(c => c.Stage));
        Assert.Equal(LearningPhase.Canary, snapshot.Trainer.Phase);
        Assert.Equal((2, 1, 1.0), (snapshot.Canary!.Trial.Version, snapshot.Canary.Trial.Baseline, snapshot.Canary.Trial.Share));
        Assert.Equal(new CanaryVotes(0, 0, 0, 0), snapshot.Canary.Votes);
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal(FeedbackState.InTraining, f.State));
    }

    [Fact]
    public async Task Votes_for_it_make_it_live_and_the_run_ends_as_learned()
    {
        await TrainCanary();
        await Vote(wins: true, people: 3, each: 2);
        var end = await Ended("v2 is live.");

        Assert.Equal([CheckpointStage.Retired, CheckpointStage.Live], end.Checkpoints.Select(c => c.Stage));
        Assert.Null(end.Canary);
        var decision = end.Decisions[^1];
        Assert.Equal((2, CheckpointStage.Live, DecisionMaker.Canary), (decision.Version, decision.Stage, decision.By));
        Assert.Contains("5 votes for it, 0 for version 1", decision.Reason, StringComparison.Ordinal);
        Assert.All((await _ada.Ledger.List("ada")).TakeLast(PairsPerRun), f => Assert.Equal((FeedbackState.Learned, 2), (f.State, f.LearnedInVersion)));
    }

    [Fact]
    public async Task Votes_against_it_stop_it_and_its_feedback_waits_for_the_next_run()
    {
        await TrainCanary();
        await Vote(wins: false, people: 4, each: 2);
        var end = await Ended("v2 was not put live. People find it worse than version 1: 0 votes for it, 7 for version 1, 0 ties, of 4 people.");

        Assert.Equal([CheckpointStage.Live, CheckpointStage.Rejected], end.Checkpoints.Select(c => c.Stage));
        // The votes are comparisons, too: they start the next run, which takes up what the stopped version had learned from.
        Assert.Equal("run-0002", (await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard)).RunId);
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal((FeedbackState.InTraining, (int?)null), (f.State, f.LearnedInVersion)));
        Assert.Equal(1, (await _cluster.Registry.GetLive()).Version);
    }

    [Fact]
    public async Task One_person_votes_so_often_as_the_settings_say_and_not_twice_on_one_pair()
    {
        await TrainCanary();
        await Vote(wins: true, people: 1, each: 12);
        Assert.Equal(new CanaryVotes(2, 0, 0, 1), (await Status()).Votes);

        var other = await new Rater(_cluster, "bob").Consent();
        var verdict = await Verdict(other, wins: true);
        await other.Ledger.Record("bob", verdict);
        await other.Ledger.Record("bob", verdict with { FeedbackId = NewId(), Verdict = PairVerdict.Tie });
        Assert.Equal(new CanaryVotes(2, 0, 1, 2), (await Status()).Votes);
    }

    [Fact]
    public async Task Who_did_not_agree_to_the_use_of_feedback_does_not_vote()
    {
        await TrainCanary();
        var bob = await new Rater(_cluster, "bob").Consent(Contracts.Users.TrainingConsent.Declined);
        await bob.Ledger.Record("bob", await Verdict(bob, wins: true));
        Assert.Equal(new CanaryVotes(0, 0, 0, 0), (await Status()).Votes);
    }

    [Fact]
    public async Task Time_without_a_decision_stops_it()
    {
        await TrainCanary();
        _clock.Advance(TimeSpan.FromHours(2));
        await _cluster.Canary.Resume();
        await Ended("v2 was not put live. The trial ended undecided: 0 votes for it, 0 for version 1, 0 ties, of 0 people.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_may_end_the_trial_either_way_and_the_trail_says_who(bool promote)
    {
        await TrainCanary();
        if (promote) await _cluster.Registry.MakeLive(2, "We have seen enough.", "eve");
        else await _cluster.Registry.EndCanary(2, promote: false, "We have seen enough.", "eve");
        var end = await Ended(promote ? "v2 is live." : "v2 was not put live. We have seen enough.");

        Assert.Equal(("eve", "We have seen enough."), (end.Decisions[^1].By, end.Decisions[^1].Reason));
    }

    [Fact]
    public async Task Trial_goes_on_after_a_kill_with_the_votes_that_it_had()
    {
        await TrainCanary();
        await Vote(wins: true, people: 2, each: 2);
        Assert.Equal(4, (await Status()).Votes.Wins);

        await using var next = await _cluster.AfterKill();
        await next.ResumeTraining();
        Assert.Equal(4, (await next.Canary.GetStatus())!.Votes.Wins);
        await next.Registry.EndCanary(2, promote: true, "Enough.", DecisionMaker.Canary);
        await foreach (var snapshot in next.Learning.Watch(Guard).WithCancellation(Guard))
            if (snapshot.Trainer.LastOutcome == "v2 is live.") break;
    }

    [Fact]
    public async Task Conversations_of_the_trial_are_answered_by_it_and_compared_with_the_live_version()
    {
        _cluster.Policies.Try(2);
        var conversation = _cluster.Conversation(NewId());
        await conversation.Create("ada", title: null);
        var first = await conversation.Say("ada", "Hello?");
        (await _cluster.Policies.OnTrial.NextAnswer(Guard)).Say("New.", version: 2).End();
        await conversation.ReadAll("ada", first.RunId);

        var second = await conversation.Answer("ada", new AnswerRequest(NewId(), first.UserTurnId, first.AnswerTurnId, Sampling: null));
        (await _cluster.Engine.NextAnswer(Guard)).Say("Old.").End();
        await conversation.ReadAll("ada", second.RunId);

        var third = await conversation.Answer("ada", new AnswerRequest(NewId(), first.UserTurnId, CompareWithTurnId: null, Sampling: null, second.Comparison!.ComparisonId));
        (await _cluster.Policies.OnTrial.NextAnswer(Guard)).Say("New again.", version: 2).End();
        await conversation.ReadAll("ada", third.RunId);

        _cluster.Policies.EndTrial();
        var after = await conversation.Say("ada", "And now?", third.AnswerTurnId);
        (await _cluster.Engine.NextAnswer(Guard)).Say("Old.").End();
        await conversation.ReadAll("ada", after.RunId);
    }

    [Fact]
    public void A_trial_has_its_share_of_the_conversations_and_each_stays_in_or_out()
    {
        _cluster.Policies.Try(7, share: 0.05);
        var ids = Enumerable.Range(0, 20_000).Select(_ => NewId()).ToArray();
        var served = ids.Count(_cluster.Policies.Canary!.Serves);
        // Binomial: 1,000 of 20,000, deviation 31.
        Assert.InRange(served, 1000 - 5 * 31, 1000 + 5 * 31);
        Assert.Equal(served, ids.Count(_cluster.Policies.Canary.Serves));
    }

    /// <summary>A run whose version 2 passed the gate and is on trial.</summary>
    private async Task TrainCanary()
    {
        await _ada.JudgePairs(PairsPerRun);
        await _cluster.Trainer.FinishRun(Guard);
        await foreach (var snapshot in _cluster.Learning.Watch(Guard).WithCancellation(Guard))
            if (snapshot.Trainer.Phase == LearningPhase.Canary && snapshot.Canary is not null) break;
        _cluster.Policies.Try(2);
    }

    private async Task Vote(bool wins, int people, int each)
    {
        for (var i = 0; i < people * each; i++)
        {
            var voter = await new Rater(_cluster, $"voter-{i % people}").Consent();
            if ((await _cluster.Registry.GetServed()).Trial is null) return;
            await voter.Ledger.Record(voter.User, await Verdict(voter, wins));
            await _cluster.Canary.Begin(2, afterSequence: 0);
        }
    }

    /// <summary>On a pair of the version on trial and the live one.</summary>
    private async Task<FeedbackSubmission> Verdict(Rater voter, bool wins)
    {
        var conversation = _cluster.Conversation(NewId());
        await conversation.Create(voter.User, title: null);
        var first = await conversation.Say(voter.User, "Which one?");
        (await _cluster.Policies.OnTrial.NextAnswer(Guard)).Say("New.", version: 2).End();
        await conversation.ReadAll(voter.User, first.RunId);
        var second = await conversation.Answer(voter.User, new AnswerRequest(NewId(), first.UserTurnId, first.AnswerTurnId, Sampling: null));
        (await _cluster.Engine.NextAnswer(Guard)).Say("Old.").End();
        await conversation.ReadAll(voter.User, second.RunId);
        var isNewLeft = second.Comparison!.LeftTurnId == first.AnswerTurnId;
        return new()
        {
            FeedbackId = NewId(),
            Kind = FeedbackKind.Pair,
            ConversationId = conversation.GetPrimaryKeyString(),
            ComparisonId = second.Comparison.ComparisonId,
            Verdict = isNewLeft == wins ? PairVerdict.Left : PairVerdict.Right,
        };
    }

    /// <summary>With every vote read that is durable.</summary>
    private async Task<CanaryStatus> Status()
    {
        await _cluster.Canary.Begin(2, afterSequence: 0);
        return (await _cluster.Canary.GetStatus())!;
    }

    private async Task<LearningSnapshot> Ended(string outcome)
    {
        await foreach (var snapshot in _cluster.Learning.Watch(Guard).WithCancellation(Guard))
            if (snapshot.Trainer.LastOutcome is { } last)
                return last == outcome ? snapshot : throw new Xunit.Sdk.XunitException($"The run ended otherwise: {last}");
        throw new InvalidOperationException("The feed ended.");
    }
}
