using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Runs;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Effects;

/// <summary>What a user is told about the version that used a judgement.</summary>
public sealed class FeedbackEffectTests : IAsyncLifetime
{
    private const int PairsPerRun = 4;
    private readonly ManualClock _clock = new();
    private GrainCluster _cluster = null!;
    private Rater _ada = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start(new CollectionOptions { PairsPerRun = PairsPerRun, RetryPause = TimeSpan.Zero }, clock: _clock);
        await _cluster.Registry.EnsureStarter("starter", "hash");
        _ada = await new Rater(_cluster, "ada").Consent();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Verdict_is_put_to_the_version_that_used_it_and_to_its_parent()
    {
        var judged = await _ada.JudgePairs(PairsPerRun);
        var heldOut = await LearnFrom();

        foreach (var status in judged)
        {
            var effect = await EffectOf(status);
            Assert.Equal((2, 1, PairsPerRun), (effect.Version, effect.ParentVersion, effect.JudgementCount));
            Assert.Equal(heldOut.Contains(effect.FeedbackId) ? FeedbackUse.Checking : FeedbackUse.Training, effect.Use);
            Assert.Equal((new VersionAnswer(1, "As before.", 3, effect.Before.Finish, 0.5), 1.25), (effect.Before, effect.After.Reward!.Value));
            // The scripted rises of the log-probability are 0 for the left answer and 1 for the right one.
            var leftIsBetter = status.Submission.Verdict == PairVerdict.Left;
            Assert.Equal(leftIsBetter ? -1 : 1, effect.PreferenceShift);
            Assert.Equal(leftIsBetter ? [1, 2] : [2, 1], effect.Answers.Select(a => a.Rank!.Value));
            Assert.Equal("Better!", effect.Answers.Single(a => a.Rank == 1).Text);
        }
        var job = _cluster.Effects.Asked.First();
        Assert.Equal((new VersionFiles(1, "starter"), new VersionFiles(2, "v2"), "reward-models/run-0001"), (job.Old, job.New, job.RewardModelFolder));
    }

    [Fact]
    public async Task Both_versions_are_sampled_with_the_seed_of_the_preferred_answer()
    {
        var judged = await _ada.JudgePairs(PairsPerRun);
        await LearnFrom();

        var effect = await EffectOf(judged[0]);

        var turns = (await _cluster.Conversation(judged[0].Submission.ConversationId).GetSnapshot("ada")).Turns;
        Assert.Equivalent(turns.Single(t => t.Text == "Better!").Sampling, effect.Sampling);
        Assert.NotNull(effect.Sampling.Seed);
    }

    [Fact]
    public async Task Own_words_comments_and_cut_answers_are_told_for_what_they_are()
    {
        var thumb = await _ada.Ledger.Record("ada", await _ada.ThumbFor("First"));
        var corrected = await _ada.ThumbFor("Second");
        var correction = await _ada.Ledger.Record("ada", corrected with { Kind = FeedbackKind.Correction, Thumb = null, Text = "Much better." });
        var demonstration = await _ada.Ledger.Record("ada", await _ada.DemonstrationFor("Third", "My answer.", fromSuggestion: false));
        var comment = await _ada.Ledger.Record("ada", await _ada.ThumbFor("Fourth") with { Kind = FeedbackKind.Comment, Thumb = null, Comment = "Too short." });
        await _ada.JudgePairs(PairsPerRun - 1);
        await LearnFrom();

        Assert.Null((await EffectOf(thumb)).PreferenceShift);
        var (own, shown) = await Two(correction);
        Assert.Equal(("Much better.", true, 1, "Good.", false, 2), (own.Text, own.IsOwn, own.Rank, shown.Text, shown.IsOwn, shown.Rank));
        var written = await EffectOf(demonstration);
        Assert.Equal(("My answer.", true, 0.0), (Assert.Single(written.Answers).Text, written.Answers[0].IsOwn, written.Sampling.Temperature));
        Assert.Equal(FeedbackUse.LeftOut, (await EffectOf(comment)).Use);

        async Task<(JudgedAnswer Own, JudgedAnswer Shown)> Two(FeedbackStatus status) => (await EffectOf(status)).Answers is [var a, var b] ? (a, b) : default;
    }

    [Fact]
    public async Task It_is_measured_once_for_all_who_ask_and_kept_over_a_restart()
    {
        var judged = (await _ada.JudgePairs(PairsPerRun))[0];
        await LearnFrom();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.Effects.Held = held.Task;
        var asked = Enumerable.Range(0, 3).Select(_ => EffectOf(judged)).ToArray();
        held.SetResult();
        var effects = await Task.WhenAll(asked);
        Assert.Single(_cluster.Effects.Asked);

        await _cluster.Restart();

        Assert.Equivalent(effects[0], await EffectOf(judged));
        Assert.Empty(_cluster.Effects.Asked);
    }

    [Fact]
    public async Task Only_its_owner_is_told()
    {
        var judged = (await _ada.JudgePairs(PairsPerRun))[0];
        await LearnFrom();
        var effect = _cluster.Effect(judged.Submission.FeedbackId);
        await Refuses(ErrorCode.NotFound, () => effect.Get("eve"));
        await Refuses(ErrorCode.NotFound, () => _cluster.Effect("never-given").Get("ada"));
        await effect.Get("ada");
        await Refuses(ErrorCode.NotFound, () => effect.Get("eve"));
    }

    [Fact]
    public async Task Feedback_that_no_version_has_used_is_said_to_wait()
    {
        var judged = (await _ada.JudgePairs(1))[0];
        Assert.Contains("waits for the next training run", (await Refuses(ErrorCode.Conflict, () => EffectOf(judged))).Message, StringComparison.Ordinal);
        await _ada.JudgePairs(PairsPerRun - 1);
        await _cluster.Trainer.NextStep(LearningPhase.RewardModel, Guard);
        Assert.Contains("under way", (await Refuses(ErrorCode.Conflict, () => EffectOf(judged))).Message, StringComparison.Ordinal);
        Assert.Empty(_cluster.Effects.Asked);
    }

    [Fact]
    public async Task Version_whose_files_are_gone_is_named_and_asked_again_when_they_are_back()
    {
        var judged = (await _ada.JudgePairs(PairsPerRun))[0];
        await LearnFrom();
        _cluster.Effects.Gone.Add(1);
        Assert.Contains("version 1", (await Refuses(ErrorCode.Conflict, () => EffectOf(judged))).Message, StringComparison.Ordinal);
        _cluster.Effects.Gone.Clear();
        Assert.Equal(2, (await EffectOf(judged)).Version);
    }

    [Fact]
    public async Task Run_whose_files_are_gone_is_said_plainly()
    {
        var judged = (await _ada.JudgePairs(PairsPerRun))[0];
        await LearnFrom();
        Directory.Delete(Path.Combine(_cluster.Folder, "runs", "run-0001"), recursive: true);
        Assert.Contains("no longer there", (await Refuses(ErrorCode.Conflict, () => EffectOf(judged))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Measurement_that_takes_longer_than_a_call_may_goes_on()
    {
        var judged = (await _ada.JudgePairs(PairsPerRun))[0];
        await LearnFrom();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_cluster.Effects.Held, _clock.Skipped) = (held.Task, TimeSpan.FromSeconds(20));
        Assert.Contains("Ask again", (await Refuses(ErrorCode.Busy, () => EffectOf(judged))).Message, StringComparison.Ordinal);
        _clock.Skipped = null;
        held.SetResult();
        Assert.Equal(2, (await EffectOf(judged)).Version);
        Assert.Single(_cluster.Effects.Asked);
    }

    /// <summary>A version that was rolled back still used it.</summary>
    [Fact]
    public async Task Rolled_back_version_is_still_the_one_that_is_shown()
    {
        var judged = (await _ada.JudgePairs(PairsPerRun))[0];
        await LearnFrom();
        await _cluster.Registry.MakeLive(1, "Worse.", "ada");
        Assert.Equal(2, (await EffectOf(judged)).Version);
    }

    private Task<FeedbackEffect> EffectOf(FeedbackStatus status) => _cluster.Effect(status.Submission.FeedbackId).Get("ada");

    /// <summary>Lets the run through; answers the ids that were held out.</summary>
    private async Task<HashSet<string>> LearnFrom()
    {
        var gate = await _cluster.Trainer.FinishRun(Guard);
        await _cluster.Learning.FirstWhere(s => s.Trainer.Phase == LearningPhase.Collecting && s.Trainer.LastOutcome == "v2 is live.");
        return [.. ((GateJob)gate.Job).Batch.HeldOut.All.Select(e => e.FeedbackId)];
    }
}
