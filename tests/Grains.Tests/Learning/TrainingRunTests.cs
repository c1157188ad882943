using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Contracts.Users;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Trainer.Runs;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Learning;

/// <summary>From judgements to a live version, once.</summary>
public sealed class TrainingRunTests : IAsyncLifetime
{
    private const int PairsPerRun = 4;
    private GrainCluster _cluster = null!;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = PairsPerRun, DecidedShare = 0.5, RetryPause = TimeSpan.Zero });
        await _cluster.Registry.EnsureStarter("starter", "hash");
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Enough_pairs_start_a_run_that_ends_in_a_live_version_that_learned_them()
    {
        var thumb = await _ada.Ledger.Record("ada", await _ada.ThumbFor("A thumb's question"));
        await _ada.JudgePairs(PairsPerRun - 1);
        Assert.Equal(LearningPhase.Collecting, (await _cluster.Learning.GetSnapshot()).Trainer.Phase);
        await _ada.JudgePairs(1);

        var rewardModel = await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal(FeedbackState.InTraining, f.State));
        rewardModel.Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard)).Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.Gate, Guard)).Finish();
        var end = await Ended("v2 is live.");

        Assert.Equal([1, 2], end.Checkpoints.Select(c => c.Version));
        var live = end.Checkpoints[1];
        Assert.Equal((CheckpointStage.Live, 1, "run-0001", "v2", "hash-of-v2"), (live.Stage, live.Parent, live.RunId, live.Folder, live.WeightsHash));
        Assert.Equal((PairsPerRun + 1, "reward-models/run-0001"), (live.FeedbackCount, live.RewardModel));
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal((FeedbackState.Learned, 2), (f.State, f.LearnedInVersion)));
        Assert.Equal(0, end.Feedback.NewPairs);
        Assert.Contains(await _ada.Ledger.List("ada"), f => f.Submission.FeedbackId == thumb.Submission.FeedbackId);
    }

    [Fact]
    public async Task Jobs_build_on_the_live_version_and_stay_near_the_starter()
    {
        await _ada.JudgePairs(PairsPerRun);
        await _cluster.Trainer.FinishRun(Guard);
        await Ended("v2 is live.");
        await _ada.JudgePairs(PairsPerRun);
        await _cluster.Trainer.FinishRun(Guard);
        await Ended("v3 is live.");

        var jobs = _cluster.Trainer.Asked.Select(s => s.Job).ToArray();
        Assert.Equal(["starter", "v2"], jobs.OfType<RewardModelJob>().Select(j => j.PolicyFolder));
        Assert.Equal([("starter", "starter", "v2"), ("v2", "starter", "v3")],
            jobs.OfType<PolicyJob>().Select(j => (j.ParentFolder, j.ReferenceFolder, j.OutputFolder)));
        Assert.Equal(["v2", "v3"], jobs.OfType<GateJob>().Select(j => j.CandidateFolder));
        Assert.Equal([PairsPerRun, 2 * PairsPerRun], jobs.OfType<RewardModelJob>().Select(j => j.Batch.FeedbackIds.Count()));
    }

    [Fact]
    public async Task Gate_that_refuses_gives_the_feedback_back_and_half_as_many_new_pairs_try_again()
    {
        _cluster.Trainer.GatePasses = false;
        await _ada.JudgePairs(PairsPerRun);
        await _cluster.Trainer.FinishRun(Guard);
        var end = await Ended("v2 was stopped by the gate: kl 18.2 (at most 15).");

        Assert.Equal(CheckpointStage.Rejected, end.Checkpoints[1].Stage);
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal(FeedbackState.Recorded, f.State));
        await _ada.JudgePairs(1);
        Assert.Equal(3, _cluster.Trainer.Asked.Count);
        _cluster.Trainer.GatePasses = true;
        await _ada.JudgePairs(1);
        await _cluster.Trainer.FinishRun(Guard);
        await Ended("v3 is live.");
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal(3, f.LearnedInVersion));
    }

    [Fact]
    public async Task Feedback_that_comes_during_a_run_waits_for_the_next_which_follows_at_once()
    {
        await _ada.JudgePairs(PairsPerRun);
        var first = await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        var later = await _ada.JudgePairs(PairsPerRun);
        Assert.All(later, f => Assert.Equal(FeedbackState.Recorded, f.State));
        first.Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard)).Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.Gate, Guard)).Finish();

        var second = await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);

        Assert.Equal("run-0002", second.RunId);
        Assert.Equal(PairsPerRun * 2, ((RewardModelJob)second.Job).Batch.FeedbackIds.Count());
        Assert.Equal(2, (await _cluster.Registry.GetLive()).Version);
    }

    [Fact]
    public async Task Step_that_throws_is_tried_again()
    {
        await _ada.JudgePairs(PairsPerRun);
        for (var i = 0; i < 3; i++) (await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard)).Fail("Out of memory.");
        await _cluster.Trainer.FinishRun(Guard);
        await Ended("v2 is live.");
    }

    [Theory]
    [InlineData(LearningPhase.RewardModel)]
    [InlineData(LearningPhase.PolicyUpdate)]
    [InlineData(LearningPhase.Gate)]
    public async Task Step_that_keeps_throwing_ends_the_run_and_gives_the_feedback_back(LearningPhase failing)
    {
        await _ada.JudgePairs(PairsPerRun);
        foreach (var before in ((LearningPhase[])[LearningPhase.RewardModel, LearningPhase.PolicyUpdate, LearningPhase.Gate]).TakeWhile(p => p != failing))
            (await _cluster.Trainer.NextStep(before, Guard)).Finish();
        for (var i = 0; i < 4; i++) (await _cluster.Trainer.NextStep(failing, Guard)).Fail("Out of memory.");

        var end = await Watch(s => s.Trainer.Phase == LearningPhase.Collecting && s.Trainer.LastOutcome is not null);

        Assert.Contains("run-0001 failed", end.Trainer.LastOutcome, StringComparison.Ordinal);
        Assert.Contains("Out of memory.", end.Trainer.LastOutcome, StringComparison.Ordinal);
        Assert.All(await _ada.Ledger.List("ada"), f => Assert.Equal(FeedbackState.Recorded, f.State));
        Assert.Equal(1, (await _cluster.Registry.GetLive()).Version);
        // What the step had kept to go on with is of no use to anybody.
        Assert.Equal([failing == LearningPhase.RewardModel ? "reward-models/run-0001" : "v2"], _cluster.Trainer.Abandoned);
        await _ada.JudgePairs(PairsPerRun / 2);
        await _cluster.Trainer.FinishRun(Guard);
        await Watch(s => s.Trainer.LastOutcome!.EndsWith("is live.", StringComparison.Ordinal));
    }

    /// <summary>They would only be stopped by the gate, which does not believe them.</summary>
    [Fact]
    public async Task Corrections_alone_start_no_run()
    {
        for (var i = 0; i < PairsPerRun + 1; i++)
            await _ada.Ledger.Record("ada", (await _ada.ThumbFor($"Question {i}?")) with { Kind = FeedbackKind.Correction, Thumb = null, Text = "Better." });
        var waiting = await _cluster.Learning.GetSnapshot();

        Assert.Equal((PairsPerRun + 1, 0), (waiting.Feedback.NewPairs, waiting.Feedback.DecidedPairs));
        Assert.StartsWith("0 of the 2 comparisons with a side chosen", waiting.Trainer.Detail, StringComparison.Ordinal);
        Assert.Empty(_cluster.Trainer.Asked);
        await _ada.JudgePairs(2);
        await _cluster.Trainer.FinishRun(Guard);
        await Ended("v2 is live.");
    }

    [Fact]
    public async Task Ties_start_no_run_until_enough_pairs_chose_a_side()
    {
        await _ada.JudgePairs(PairsPerRun + 1, PairVerdict.Tie);
        await _ada.JudgePairs(1);
        var waiting = await _cluster.Learning.GetSnapshot();
        Assert.Equal((PairsPerRun + 2, 1), (waiting.Feedback.NewPairs, waiting.Feedback.DecidedPairs));
        Assert.Equal(new RunThreshold(NewPairs: PairsPerRun, DecidedPairs: 2), waiting.NextRun);
        Assert.Equal((LearningPhase.Collecting, "1 of the 2 comparisons with a side chosen that the next run needs; ties and corrections are none."), (waiting.Trainer.Phase, waiting.Trainer.Detail));
        Assert.Empty(_cluster.Trainer.Asked);
        await _ada.JudgePairs(1);

        await _cluster.Trainer.FinishRun(Guard);
        await Ended("v2 is live.");
        // Sides chosen earlier count: the next batch holds them too.
        await _ada.JudgePairs(PairsPerRun, PairVerdict.Tie);
        await _cluster.Trainer.FinishRun(Guard);
        await Ended("v3 is live.");
    }

    [Fact]
    public async Task Feedback_of_users_who_have_not_consented_or_took_it_back_is_in_no_batch()
    {
        var eve = new Rater(_cluster, "eve");
        await eve.JudgePairs(PairsPerRun);
        var withdrawn = (await _ada.JudgePairs(1)).Single();
        await _ada.Ledger.Withdraw("ada", withdrawn.Submission.FeedbackId);
        Assert.Empty(_cluster.Trainer.Asked);
        await _ada.JudgePairs(PairsPerRun);

        var batch = ((RewardModelJob)(await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard)).Job).Batch;

        Assert.Equal(PairsPerRun, batch.FeedbackIds.Count());
        Assert.DoesNotContain(withdrawn.Submission.FeedbackId, batch.FeedbackIds);
        Assert.All(batch.Training.Pairs.Concat(batch.HeldOut.Pairs), p => Assert.Equal("ada", p.RaterId));
    }

    [Fact]
    public async Task Granting_consent_can_start_a_run()
    {
        var eve = new Rater(_cluster, "eve");
        await eve.JudgePairs(PairsPerRun);
        await eve.Consent(TrainingConsent.Granted);
        await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
    }

    [Fact]
    public async Task Withdrawal_during_a_run_is_noted_in_its_outcome()
    {
        var judged = await _ada.JudgePairs(PairsPerRun);
        var rewardModel = await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        Assert.Equal(FeedbackState.Withdrawn, (await _ada.Ledger.Withdraw("ada", judged[0].Submission.FeedbackId)).State);
        rewardModel.Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard)).Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.Gate, Guard)).Finish();
        await Ended("v2 is live. 1 judgement was withdrawn after the batch was frozen.");
        Assert.Equal(FeedbackState.Withdrawn, (await _ada.StatusOf(judged[0].Submission.FeedbackId)).State);
    }

    [Fact]
    public async Task Progress_and_curves_are_shown_while_a_step_runs_and_stay_after_a_restart()
    {
        await _ada.JudgePairs(PairsPerRun);
        var rewardModel = await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        rewardModel.Report(0.5, "Epoch 1 of 2", new MetricPoint("loss", 1, 0.69));
        var shown = await Watch(s => s.Trainer.Detail == "Epoch 1 of 2");
        Assert.Equal((LearningPhase.RewardModel, "run-0001"), (shown.Trainer.Phase, shown.Trainer.RunId));
        Assert.Equal([new MetricPoint("loss", 1, 0.69)], shown.Trainer.Curves);
        Assert.InRange(shown.Trainer.Progress, 0.01, 0.5);
        rewardModel.Finish();
        var policy = await _cluster.Trainer.NextStep(LearningPhase.PolicyUpdate, Guard);
        policy.Report(0.5, "PPO iteration 6 of 12", new MetricPoint("objective/kl", 6, 2.5));
        shown = await Watch(s => s.Trainer.Detail == "PPO iteration 6 of 12");
        Assert.Equal(LearningPhase.PolicyUpdate, shown.Trainer.Phase);
        Assert.Equal(["loss", "objective/kl"], shown.Trainer.Curves.Select(p => p.Name));
        policy.Finish();
        (await _cluster.Trainer.NextStep(LearningPhase.Gate, Guard)).Finish();
        await Ended("v2 is live.");

        await _cluster.Restart();

        var after = await _cluster.Learning.GetSnapshot();
        Assert.Equal(["loss", "objective/kl"], after.Trainer.Curves.Select(p => p.Name));
        Assert.Equal("v2 is live.", after.Trainer.LastOutcome);
    }

    private Task<LearningSnapshot> Ended(string outcome) => Watch(s => s.Trainer.Phase == LearningPhase.Collecting && s.Trainer.LastOutcome == outcome);

    private Task<LearningSnapshot> Watch(Func<LearningSnapshot, bool> condition) => _cluster.Learning.FirstWhere(condition);
}
