using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Placement;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Feedback;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Effects;

/// <summary>
/// Puts a version that used a judgement beside its parent. The numbers come from the effect worker once and stay in the run's folder;
/// the words stay in the ledger.
/// </summary>
[RequiresRole(SiloRole.Train)]
public sealed class FeedbackEffectGrain(FeedbackStore feedback, RunFolders folders, IEffectWorker worker, TimeProvider clock) : Grain, IFeedbackEffectGrain
{
    /// <summary>Below the time after which a call is given up; the measurement goes on.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private Task<MeasuredEffect>? _measuring;

    public async Task<FeedbackEffect> Get(string userId)
    {
        var feedbackId = this.GetPrimaryKeyString();
        var judged = await feedback.FindJudged(userId, feedbackId) ?? throw ChatLoopException.NotFound("You have given no feedback with this id.");
        if (judged.Context is not { } context) throw ChatLoopException.Conflict("You took this feedback back: what it said is erased, so that what came of it cannot be shown.");
        if (judged.Status.LearnedInVersion is not { } version) throw ChatLoopException.Conflict(WhyUnused(judged.Status.State));
        var versions = await GrainFactory.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name).List();
        var used = versions.Single(v => v.Version == version);
        var parent = versions.Single(v => v.Version == used.Parent);
        var run = folders.Of(used.RunId);
        var batch = await run.TryBatch()
            ?? throw ChatLoopException.Conflict($"The files of the run that made version {version} are no longer there, so how it was used cannot be told.");
        var question = JudgedQuestion.Of(judged.Status.Submission, context);
        var job = new EffectJob(
            new(parent.Version, parent.Folder), new(used.Version, used.Folder), used.RewardModel,
            question.Prompt, [.. question.Answers.Select(a => a.Answer)], question.Sampling);
        var measured = await Measured(run, feedbackId, job);
        return Describe(feedbackId, used, question, measured, UseOf(batch, feedbackId, question, measured));
    }

    /// <summary>All who ask share one measurement. One that failed is tried again by the next who asks.</summary>
    private async Task<MeasuredEffect> Measured(RunFolder run, string feedbackId, EffectJob job)
    {
        if (_measuring is null or { IsFaulted: true } or { IsCanceled: true })
            _measuring = run.Effect(feedbackId, () => worker.Measure(job, CancellationToken.None));
        try
        {
            return await _measuring.WaitAsync(LongestWait, clock);
        }
        catch (TimeoutException)
        {
            throw new ChatLoopException(ErrorCode.Busy, "The two versions are being compared. Ask again in a few seconds.");
        }
    }

    private static FeedbackUse UseOf(FeedbackBatch batch, string feedbackId, JudgedQuestion question, MeasuredEffect measured)
    {
        if (!question.CanTeach(measured)) return FeedbackUse.LeftOut;
        return batch.HeldOut.All.Any(e => e.FeedbackId == feedbackId) ? FeedbackUse.Checking : FeedbackUse.Training;
    }

    private static FeedbackEffect Describe(string feedbackId, CheckpointRecord used, JudgedQuestion question, MeasuredEffect measured, FeedbackUse use) => new()
    {
        FeedbackId = feedbackId,
        Version = used.Version,
        ParentVersion = used.Parent!.Value,
        JudgementCount = used.FeedbackCount,
        Use = use,
        Prompt = question.Prompt,
        Sampling = question.Sampling,
        Before = AnswerOf(used.Parent.Value, measured.Before),
        After = AnswerOf(used.Version, measured.After),
        Answers = [.. question.Answers.Zip(measured.Answers, (answer, m) => new JudgedAnswer
        {
            Text = answer.Answer.Text,
            IsOwn = answer.IsOwn,
            Rank = answer.Rank,
            TokenCount = m.Tokens,
            OldLogProbability = m.OldLogProbability,
            NewLogProbability = m.NewLogProbability,
            Reward = m.Reward,
        })],
        PreferenceShift = question.PreferenceShift(measured.Answers),
    };

    private static VersionAnswer AnswerOf(int version, GivenAnswer given) => new(version, given.Text, given.Tokens, given.Finish, given.Reward);

    private static string WhyUnused(FeedbackState state) => "No version has used this feedback. " + state switch
    {
        FeedbackState.Recorded => "It waits for the next training run.",
        FeedbackState.InTraining => "It is part of the run that is under way: ask again when that has ended.",
        FeedbackState.Superseded => "You judged this again later, and only the later judgement counts.",
        _ => "You have not agreed that your feedback is used.",
    };
}
