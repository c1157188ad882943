using System.Collections.Immutable;
using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.Grains.Canaries;

/// <summary>The votes of a trial, as far as they were read from the ledger.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.CanaryState")]
public sealed record CanaryState
{
    /// <summary>That the votes are about; 0 before the first trial.</summary>
    [Id(0)] public int Version { get; init; }
    /// <summary>Of the ledger's newest event that was looked at.</summary>
    [Id(1)] public long Sequence { get; init; }
    /// <summary>By comparison: a person who judges one again has changed their mind and does not vote twice.</summary>
    [Id(2)] public ImmutableDictionary<string, CanaryVote> Votes { get; init; } = ImmutableDictionary<string, CanaryVote>.Empty;

    /// <param name="perPerson">The first so many of each person count.</param>
    /// <param name="uncounted">Sequences of those that were set aside.</param>
    public CanaryVotes Count(int perPerson, IReadOnlySet<long> uncounted)
    {
        var counted = Votes.Values.Where(v => !uncounted.Contains(v.Sequence)).GroupBy(v => v.UserId).SelectMany(own => own.OrderBy(v => v.Sequence).Take(perPerson)).ToArray();
        return new(
            counted.Count(v => v.Outcome == VoteOutcome.Win),
            counted.Count(v => v.Outcome == VoteOutcome.Loss),
            counted.Count(v => v.Outcome == VoteOutcome.Tie),
            counted.Select(v => v.UserId).Distinct().Count());
    }
}
