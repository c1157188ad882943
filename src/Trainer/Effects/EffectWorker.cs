using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.Effects;

/// <summary>
/// Measures effects over a checkpoint store. Old version, new version and reward model are in memory one after the other, never
/// together. Disposing it cancels what runs and what waits.
/// </summary>
public sealed class EffectWorker(CheckpointStore store, LearningOptions learning, PolicyEngineOptions engine) : IEffectWorker, IDisposable
{
    /// <summary>Measurements under way and waiting.</summary>
    public const int MostAsked = 8;

    private readonly TrainingThread _thread = new(learning.IntraOpThreads, "effects");
    private int _asked;

    public async Task<MeasuredEffect> Measure(EffectJob job, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _asked) > MostAsked)
                throw new ChatLoopException(ErrorCode.Busy, $"The server is busy: {MostAsked} comparisons of versions are waiting. Try again in a few seconds.");
            return await _thread.Run(token => Work(job, token), cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _asked);
        }
    }

    public void Dispose() => _thread.Dispose();

    private MeasuredEffect Work(EffectJob job, CancellationToken cancellationToken)
    {
        foreach (var version in (VersionFiles[])[job.Old, job.New])
            if (!store.Exists(version.Folder)) throw ChatLoopException.Conflict($"The files of version {version.Version} are no longer there, so nothing can be compared with it.");
        var before = Read(job.Old.Folder, job, cancellationToken);
        var after = Read(job.New.Folder, job, cancellationToken);
        var rewards = Rewards(job, [before.Given, after.Given, .. before.Judged], cancellationToken);
        return new(
            new(before.Answer.Text, before.Answer.Tokens.Count, before.Answer.Finish, rewards[0]),
            new(after.Answer.Text, after.Answer.Tokens.Count, after.Answer.Finish, rewards[1]),
            [.. before.Judged.Select((judged, i) => new MeasuredAnswer(
                before.Lengths[i], judged.IsWhole, before.LogProbabilities[i], after.LogProbabilities[i], rewards[i + 2]))]);
    }

    /// <summary>What one version makes of the job.</summary>
    private VersionReading Read(string folder, EffectJob job, CancellationToken cancellationToken)
    {
        using var policy = store.Load(folder);
        var answer = SingleAnswer.Generate(policy, new(job.Prompt, job.Sampling), engine, cancellationToken);
        IReadOnlyList<int>[] texts = [.. job.Answers.Select(a => a.Tokens.Count > 0 ? a.Tokens : policy.Template.Answer(a.Text))];
        ScorableAnswer[] judged = [.. texts.Select(t => InTokens(policy, job, t))];
        var fitting = judged.Select(j => j.Tokens).OfType<TokenizedAnswer>().ToList();
        var likelihoods = new Queue<TokenLikelihoods>(AnswerLikelihood.Evaluate(
            policy.Transformer, fitting, policy.Template.Pad, learning.MicroBatchTokens, cancellationToken));
        return new(answer, InTokens(policy, job, answer.Tokens), judged, [.. texts.Select(t => t.Count)],
            [.. judged.Select(j => j.Tokens is null ? (double?)null : likelihoods.Dequeue().Total)]);
    }

    private static ScorableAnswer InTokens(LoadedCheckpoint policy, EffectJob job, IReadOnlyList<int> answer)
    {
        var prompt = answer.Count == 0 ? null : StepContext.TokensOf(policy).Prompt(job.Prompt, answer.Count);
        return new(prompt is null ? null : new(prompt, answer), answer.Count > 0 && policy.Template.EndIds.Contains(answer[^1]), policy.Template.Pad);
    }

    /// <summary>One for each answer; null for what is not scored.</summary>
    private double?[] Rewards(EffectJob job, IReadOnlyList<ScorableAnswer> answers, CancellationToken cancellationToken)
    {
        var rewards = new double?[answers.Count];
        if (job.RewardModelFolder is not { } folder || !store.Exists(folder)) return rewards;
        using var model = RewardModel.Load(store, folder);
        int[] scored = [.. Enumerable.Range(0, answers.Count).Where(i => answers[i] is { IsWhole: true, Tokens: not null })];
        if (scored.Length == 0) return rewards;
        var scores = model.Scores([.. scored.Select(i => answers[i].Tokens!)], answers[0].Pad, learning.MicroBatchTokens, cancellationToken);
        foreach (var (position, i) in scored.Index()) rewards[i] = scores[position];
        return rewards;
    }

    /// <param name="Tokens">Null when they do not fit the context window.</param>
    private sealed record ScorableAnswer(TokenizedAnswer? Tokens, bool IsWhole, int Pad);

    private sealed record VersionReading(
        SingleAnswer Answer, ScorableAnswer Given, ScorableAnswer[] Judged, int[] Lengths, double?[] LogProbabilities);
}
