namespace ChatLoop.Contracts.Forgetting;

/// <summary>A version that learned from judgements that were withdrawn since.</summary>
/// <param name="Withdrawn">How many, of its own run's batch and its ancestors'.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.WithdrawnLearning")]
public sealed record WithdrawnLearning([property: Id(0)] int Version, [property: Id(1)] int Withdrawn);

/// <summary>What versions still know and may not know any more.</summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.ForgettingStatus")]
public sealed record ForgettingStatus
{
    /// <summary>In order of version; versions that learned from nothing withdrawn are not listed.</summary>
    [Id(0)] public IReadOnlyList<WithdrawnLearning> Versions { get; init; } = [];
    /// <summary>When the making of a version without it begins at the latest; null when the live version learned from nothing withdrawn.</summary>
    [Id(1)] public DateTimeOffset? DueAt { get; init; }
    /// <summary>The version that training starts from again.</summary>
    [Id(2)] public int? StartsFrom { get; init; }
}
