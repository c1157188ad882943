using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Model.Generation;
using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Grains.Conversations;

/// <summary>Which second answer is offered: the one, out of several, whose comparison would tell most (ADR 0016).</summary>
public sealed partial class ConversationGrain
{
    /// <summary>1 where the answer is shown as it is sampled.</summary>
    private int CandidatesFor(StoredTurn turn, GenerationRequest request, bool isSeedGiven)
    {
        // A vote between versions is about what they say of themselves.
        if (Trial is not null) return 1;
        var options = collection.ActivePairs;
        if (turn is { ComparedTurnId: null, JoinedComparisonId: null } || isSeedGiven || request.Sampling.Temperature == 0) return 1;
        if (options.Candidates == 1 || !scorer.IsReady || ComparedWith(turn).Count == 0) return 1;
        // What measures must be a fair sample.
        if (FrozenBatch.IsHeldOut(request.Messages, collection.HeldOutShare) || Random.Shared.NextDouble() < options.ExploreShare) return 1;
        return Math.Min(options.Candidates, policies.Live.FreePlaces);
    }

    /// <summary>The version on trial, where this is one of its conversations.</summary>
    private CanaryPolicy? Trial => policies.Canary is { } canary && canary.Serves(Id) ? canary : null;

    /// <summary>
    /// In a conversation of the trial the version on trial answers, and a further answer to compare with comes from whichever version
    /// has given fewer of those that it is compared with: so each such comparison is a vote.
    /// </summary>
    private IPolicyEngine PolicyFor(StoredTurn turn)
    {
        if (Trial is not { } canary) return policies.Live;
        var compared = OthersOf(turn).ToArray();
        var isOn = compared.Count(t => t.Answer.Versions is [var only] && only.Version == canary.Version);
        return 2 * isOn > compared.Length ? policies.Live : canary.Engine;
    }

    private IEnumerable<StoredTurn> OthersOf(StoredTurn turn) =>
        (_state.Value.OpenComparisonOf(turn.TurnId)?.TurnIds() ?? []).Where(id => id != turn.TurnId).Select(_state.Value.Turn);

    /// <summary>The answers that this one will be shown beside, as far as they are whole.</summary>
    private List<StoredTurn> ComparedWith(StoredTurn turn) =>
    [
        .. OthersOf(turn).Where(t => t.Answer is { Finish: FinishReason.EndOfTurn, Tokens.IsEmpty: false }),
    ];

    /// <summary>Nothing is shown before the choice; where it takes too long, the first one is shown as it comes.</summary>
    private async Task<FinishReason> GenerateChosen(AnswerRun run, StoredTurn turn, GenerationRequest request, int count)
    {
        CandidateAnswer[] candidates = [.. Enumerable.Range(0, count).Select(i => new CandidateAnswer(policies.Live, WithSeed(request, i), run.Cancelled))];
        try
        {
            var waited = Task.Delay(collection.ActivePairs.MaxWait, clock, run.Cancelled);
            await Task.WhenAny(Task.WhenAll(candidates.Select(c => c.Ended)), waited);
            var chosen = waited.IsCompleted ? null : await Choose(turn, request, candidates, run.Cancelled);
            if (chosen is not null) run.Draft.Chosen = new(candidates.Count(c => c.IsWhole), chosen.Seed);
            foreach (var other in candidates.Where(c => c != (chosen ?? candidates[0]))) other.Dispose();
            return await Show(run, (chosen ?? candidates[0]).Chunks.ReadAllAsync(run.Cancelled));
        }
        finally
        {
            foreach (var candidate in candidates) candidate.Dispose();
        }
    }

    /// <summary>Null without a choice: fewer than two are whole, or the reward model says nothing.</summary>
    private async Task<CandidateAnswer?> Choose(
        StoredTurn turn, GenerationRequest request, CandidateAnswer[] candidates, CancellationToken cancellationToken)
    {
        CandidateAnswer[] whole = [.. candidates.Where(c => c.IsWhole)];
        var shown = ComparedWith(turn);
        if (whole.Length < 2 || shown.Count == 0) return null;
        var estimates = await scorer.Score(
            request.Messages, [.. shown.Select(s => (IReadOnlyList<int>)s.Answer.Tokens), .. whole.Select(c => c.Tokens)], cancellationToken);
        return estimates is null
            ? null
            : whole[VerdictInformation.MostInformative([.. estimates.Take(shown.Count)], [.. estimates.Skip(shown.Count)])];
    }

    /// <summary>The first one has the turn's own seed.</summary>
    private static GenerationRequest WithSeed(GenerationRequest request, int candidate) =>
        request with { Sampling = request.Sampling with { Seed = (request.Sampling.Seed!.Value + candidate) % RequestLimits.Seeds } };
}
