using System.Globalization;
using System.Text.Json;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Forgetting;
using ChatLoop.Grains.Learning;
using ChatLoop.Trainer.Feedback;

namespace ChatLoop.Grains.Tests.Forgetting;

/// <summary>What the next run would learn from: the starting weights, the seed and the batch as it is written.</summary>
internal sealed record NextPlan(string ParentHash, long Seed, string Batch);

/// <summary>
/// A ledger, and a registry whose versions' weights are made of what their runs learned from: two worlds have the same weights if and only
/// if they learned the same in the same way.
/// </summary>
internal sealed class LedgerWorld(FeedbackStore store, int largestBatch) : IDisposable
{
    private readonly List<CheckpointRecord> _versions = [new() { Version = 1, RunId = "starter", Folder = "v1", WeightsHash = "starter", CreatedAt = default, Stage = CheckpointStage.Live }];

    public FeedbackStore Store => store;
    public int LargestBatch => largestBatch;

    public async Task<WithdrawnKnowledge> Knowledge() => new(_versions, await store.ReadWithdrawnUses());

    /// <summary>As the reward trainer makes it.</summary>
    public async Task<NextPlan> Plan()
    {
        var knowledge = await Knowledge();
        var batch = FrozenBatch.Of("next", await store.ReadUsable(largestBatch, knowledge.LeftRuns), heldOutShare: 0.2);
        var parent = knowledge.StartingPoint!.WeightsHash;
        return new(parent, RunSeed.Of(0, parent, batch), JsonSerializer.Serialize(batch));
    }

    /// <summary>A run of this batch; the next one where none is given.</summary>
    public async Task<IReadOnlyList<string>> Run(string runId, bool goesLive, IReadOnlyList<string>? forced = null)
    {
        var knowledge = await Knowledge();
        var judgements = await store.ReadUsable(int.MaxValue, knowledge.LeftRuns);
        if (forced is null) judgements = await store.ReadUsable(largestBatch, knowledge.LeftRuns);
        else judgements = [.. judgements.Where(j => forced.Contains(j.FeedbackId))];
        var batch = FrozenBatch.Of(runId, judgements, heldOutShare: 0.2);
        await store.TakeUpBatch(runId, [.. batch.FeedbackIds]);
        await End(runId, knowledge.StartingPoint!, batch, goesLive);
        return [.. batch.FeedbackIds];
    }

    public async Task FallBack()
    {
        var knowledge = await Knowledge();
        if (knowledge.Since is null) return;
        MakeLive(knowledge.StartingPoint!.Version);
        await store.Renew(knowledge.LeftRuns);
    }

    public void Dispose() => store.Dispose();

    private async Task End(string runId, CheckpointRecord parent, FeedbackBatch batch, bool goesLive)
    {
        var version = _versions.Count + 1;
        _versions.Add(new()
        {
            Version = version,
            Parent = parent.Version,
            RunId = runId,
            Folder = string.Create(CultureInfo.InvariantCulture, $"v{version}"),
            WeightsHash = string.Create(CultureInfo.InvariantCulture, $"weights of {RunSeed.Of(0, parent.WeightsHash, batch)}"),
            CreatedAt = default,
            Stage = CheckpointStage.Rejected,
        });
        if (goesLive)
        {
            MakeLive(version);
            await store.MarkLearned(runId, version);
        }
        else await store.ReleaseBatch(runId);
    }

    private void MakeLive(int version)
    {
        for (var i = 0; i < _versions.Count; i++)
            _versions[i] = _versions[i] with
            {
                Stage = _versions[i].Version == version ? CheckpointStage.Live : _versions[i].Stage == CheckpointStage.Live ? CheckpointStage.Retired : _versions[i].Stage,
            };
    }
}

/// <summary>Something that happened, so that it can happen again in another world.</summary>
internal abstract record HistoryEvent
{
    /// <param name="Id">Of the judgement; it decides what the judgement says.</param>
    public sealed record Give(string User, string Id, string Target, bool Prefers) : HistoryEvent
    {
        public FeedbackSubmission Submission => new()
        {
            FeedbackId = Id,
            Kind = FeedbackKind.Pair,
            ConversationId = "c",
            ComparisonId = Target,
            Verdict = Prefers ? PairVerdict.Left : PairVerdict.Right,
            Comment = $"words of {Id}",
        };

        public RatedContext Context => new([new(TurnRole.User, $"Question {Target}")], [Answer("left"), Answer("right")]);

        private RatedAnswer Answer(string side) => new() { TurnId = $"{Target}-{side}", Text = $"{side} of {Target}", Tokens = [Id.Length, 2], LogProbabilities = [-0.1f, -1f / 3] };
    }

    public sealed record Consent(string User, bool Granted) : HistoryEvent;

    /// <param name="Held">The ids of its batch.</param>
    public sealed record Run(string RunId, bool GoesLive, IReadOnlyList<string> Held) : HistoryEvent;
}
