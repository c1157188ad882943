using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Forgetting;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Trainer.Runs;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Forgetting;

/// <summary>What was learned and taken back: who knows it, when it is gone, and how.</summary>
public sealed class ForgettingTests : IAsyncLifetime
{
    private const int PairsPerRun = 4;
    private static readonly TimeSpan Within = TimeSpan.FromHours(4);
    private readonly ManualClock _clock = new();
    private GrainCluster _cluster = null!;
    private Rater _ada = null!, _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new() { PairsPerRun = PairsPerRun, DecidedShare = 0.5, RetryPause = TimeSpan.Zero, Forgetting = new() { Within = Within } }, clock: _clock);
        await _cluster.Registry.EnsureStarter("starter", "hash");
        _ada = await new Rater(_cluster, "ada").Consent();
        _bob = await new Rater(_cluster, "bob").Consent();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Each_judgement_says_which_versions_know_it_and_when_it_is_gone()
    {
        var adas = await Learn(_ada);
        var bobs = await Learn(_bob);
        Assert.Equal([new() { Versions = [2, 3], IsInLive = true }], await LineagesOf(_ada));
        Assert.Equal([new() { Versions = [3], IsInLive = true }], await LineagesOf(_bob));

        var withdrawn = await _bob.Ledger.Withdraw("bob", bobs[0].Submission.FeedbackId);

        var dueAt = _clock.GetUtcNow() + Within;
        Assert.Equal(new FeedbackLineage { Versions = [3], IsInLive = true, DueAt = dueAt }, withdrawn.Lineage);
        var status = (await _cluster.Learning.GetSnapshot()).Forgetting;
        Assert.Equal([new WithdrawnLearning(3, 1)], status.Versions);
        Assert.Equal((dueAt, 2), (status.DueAt, status.StartsFrom));

        await RunWhenDue();
        await Ended("v4 is live.");
        Assert.Equal(new() { Versions = [3], GoneSince = 4 }, (await _bob.StatusOf(bobs[0].Submission.FeedbackId)).Lineage);
        Assert.Equal(new() { Versions = [3, 4], IsInLive = true }, (await _bob.StatusOf(bobs[1].Submission.FeedbackId)).Lineage);
        Assert.Equal(new() { Versions = [2, 3, 4], IsInLive = true }, (await _ada.StatusOf(adas[0].Submission.FeedbackId)).Lineage);
        Assert.Null((await _cluster.Learning.GetSnapshot()).Forgetting.DueAt);
    }

    [Fact]
    public async Task Next_version_comes_from_the_last_ancestor_that_did_not_learn_it_and_holds_what_others_said()
    {
        await Learn(_ada);
        var bobs = await Learn(_bob);
        await Learn(_ada);
        await _bob.Ledger.WithdrawAll("bob");
        await RunWhenDue();
        var end = await Ended("v5 is live.");

        var job = _cluster.Trainer.Asked.Select(s => s.Job).OfType<PolicyJob>().Last();
        Assert.Equal(("v2", "v5"), (job.ParentFolder, job.OutputFolder));
        Assert.Equal((await _ada.Ledger.List("ada")).Select(f => f.Submission.FeedbackId).Order(), job.Batch.FeedbackIds.Order());
        Assert.Equal("v4", _cluster.Trainer.Asked.Select(s => s.Job).OfType<GateJob>().Last().ReplacedFolder);
        var live = end.Checkpoints.Single(c => c.Stage == CheckpointStage.Live);
        Assert.Equal((5, 2, 4), (live.Version, live.Parent, live.Replaces));
        Assert.Contains("to take the place of version 4, which learned from feedback that was withdrawn", end.Decisions[^1].Reason, StringComparison.Ordinal);
        Assert.Equal([new(3, bobs.Count), new(4, bobs.Count)], end.Forgetting.Versions);
    }

    [Fact]
    public async Task Nothing_begins_before_it_is_due_and_withdrawals_until_then_share_a_run()
    {
        var adas = await Learn(_ada);
        await Learn(_bob);
        await _ada.Ledger.Withdraw("ada", adas[0].Submission.FeedbackId);
        _clock.Advance(Within - TimeSpan.FromMinutes(1));
        await _ada.Ledger.Withdraw("ada", adas[1].Submission.FeedbackId);
        await _cluster.Forgetting.Look();
        Assert.Equal(6, _cluster.Trainer.Asked.Count);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await RunWhenDue();
        await Ended("v4 is live.");
        await _cluster.Forgetting.Look();

        Assert.Equal((9, "starter"), (_cluster.Trainer.Asked.Count, _cluster.Trainer.Asked.Select(s => s.Job).OfType<PolicyJob>().Last().ParentFolder));
    }

    [Fact]
    public async Task Run_that_starts_before_it_is_due_forgets_too()
    {
        var adas = await Learn(_ada);
        await _ada.Ledger.Withdraw("ada", adas[0].Submission.FeedbackId);
        await Learn(_bob);
        Assert.Equal("starter", _cluster.Trainer.Asked.Select(s => s.Job).OfType<PolicyJob>().Last().ParentFolder);
        Assert.Equal(new() { Versions = [2], GoneSince = 3 }, (await _ada.StatusOf(adas[0].Submission.FeedbackId)).Lineage);
    }

    [Fact]
    public async Task Where_too_little_is_left_the_ancestor_goes_live_again_and_what_others_said_is_new_again()
    {
        await _ada.JudgePairs(1);
        await Learn(_bob, PairsPerRun - 1);
        await _bob.Ledger.WithdrawAll("bob");
        _clock.Advance(Within);
        await _cluster.Forgetting.Look();

        Assert.Equal(1, (await _cluster.Registry.GetLive()).Version);
        Assert.Equal("Version 2 learned from feedback that was withdrawn, and the feedback that is left is too little to train a version without it.",
            (await _cluster.Registry.Decisions())[^1].Reason);
        Assert.Equal(1, (await _cluster.Learning.GetSnapshot()).Feedback.NewPairs);
        Assert.Equal(new() { Versions = [2], GoneSince = 1 }, (await _bob.Ledger.List("bob"))[0].Lineage);
    }

    /// <summary>As in a service that never saw the feedback: what the ancestor knows already starts no run.</summary>
    [Fact]
    public async Task Where_nothing_is_left_that_the_ancestor_does_not_know_it_goes_live_again()
    {
        await Learn(_ada);
        await Learn(_bob);
        await _bob.Ledger.WithdrawAll("bob");
        _clock.Advance(Within);
        await _cluster.Forgetting.Look();
        Assert.Equal((2, 6), ((await _cluster.Registry.GetLive()).Version, _cluster.Trainer.Asked.Count));
    }

    [Fact]
    public async Task Candidate_that_the_gate_stops_keeps_nothing_alive_its_parent_goes_live_again()
    {
        await Learn(_ada);
        var bobs = await Learn(_bob);
        await _bob.Ledger.Withdraw("bob", bobs[0].Submission.FeedbackId);
        _cluster.Trainer.GatePasses = false;
        await RunWhenDue();
        await Ended("v4 was stopped by the gate: kl 18.2 (at most 15).");
        await _cluster.Forgetting.Look();

        Assert.Equal(2, (await _cluster.Registry.GetLive()).Version);
        Assert.Contains("run-0003, which was to make a version without it, brought none live", (await _cluster.Registry.Decisions())[^1].Reason, StringComparison.Ordinal);
        Assert.Equal(new() { Versions = [3], GoneSince = 2 }, (await _bob.StatusOf(bobs[0].Submission.FeedbackId)).Lineage);
    }

    [Fact]
    public async Task Version_that_learned_what_was_withdrawn_may_not_be_made_live_again()
    {
        await Learn(_ada);
        await Learn(_bob);
        await _ada.Ledger.WithdrawAll("ada");
        var refused = await Refuses(ErrorCode.Conflict, () => _cluster.Registry.MakeLive(2, "It was better.", "ada"));
        Assert.Contains("Version 2 learned from feedback that was withdrawn since", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Versions that did not: v1.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await _cluster.Registry.MakeIntactLive(2, "v3 is damaged.")).Version);
    }

    [Fact]
    public async Task Consent_that_ends_is_forgotten_like_a_withdrawal()
    {
        await Learn(_ada);
        await Learn(_bob);
        await _bob.Consent(Contracts.Users.TrainingConsent.Declined);
        Assert.Equal((PairsPerRun, 2), ((await _cluster.Learning.GetSnapshot()).Forgetting.Versions.Single().Withdrawn, (await _cluster.Learning.GetSnapshot()).Forgetting.StartsFrom));
    }

    [Fact]
    public async Task Batch_of_a_run_keeps_the_words_until_its_end_and_not_longer()
    {
        await _ada.JudgePairs(PairsPerRun - 1);
        var bobs = await _bob.JudgePairs(1);
        var rewardModel = await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        await _bob.Ledger.WithdrawAll("bob");
        await _cluster.Forgetting.Look();
        Assert.Contains("bob\\u0027s question", await BatchFile(), StringComparison.Ordinal);
        rewardModel.Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard)).Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.Gate, Guard)).Finish();
        await Watch(s => s.Trainer.Phase == LearningPhase.Collecting && s.Trainer.LastOutcome is not null);
        await _cluster.Forgetting.Look();

        Assert.DoesNotContain("bob\\u0027s question", await BatchFile(), StringComparison.Ordinal);
        Assert.DoesNotContain(bobs[0].Submission.FeedbackId, await BatchFile(), StringComparison.Ordinal);
        Assert.Contains("ada\\u0027s question", await BatchFile(), StringComparison.Ordinal);

        Task<string> BatchFile() => File.ReadAllTextAsync(Path.Combine(_cluster.Folder, "runs", "run-0001", "batch.json"), Guard);
    }

    private async Task<IReadOnlyList<FeedbackStatus>> Learn(Rater rater, int pairs = PairsPerRun)
    {
        var before = (await _cluster.Registry.GetLive()).Version;
        var judged = await rater.JudgePairs(pairs);
        await _cluster.Trainer.FinishRun(Guard);
        await Watch(s => s.Trainer.Phase == LearningPhase.Collecting && s.Checkpoints.Single(c => c.Stage == CheckpointStage.Live).Version > before);
        return judged;
    }

    private async Task RunWhenDue()
    {
        _clock.Advance(Within);
        await _cluster.Forgetting.Look();
        await _cluster.Trainer.FinishRun(Guard);
    }

    private async Task<FeedbackLineage?[]> LineagesOf(Rater rater) => [.. (await rater.Ledger.List(rater.User)).Select(f => f.Lineage).Distinct()];

    private Task<LearningSnapshot> Ended(string outcome) => Watch(s => s.Trainer.Phase == LearningPhase.Collecting && s.Trainer.LastOutcome == outcome);

    private Task<LearningSnapshot> Watch(Func<LearningSnapshot, bool> condition) => _cluster.Learning.FirstWhere(condition);
}
