using System.Text.Json.Serialization;

namespace ChatLoop.Trainer.Feedback;

/// <summary>Judgements of all kinds.</summary>
public sealed record JudgementSet
{
    public IReadOnlyList<PreferencePair> Pairs { get; init; } = [];
    public IReadOnlyList<ThumbExample> Thumbs { get; init; } = [];
    public IReadOnlyList<RankingExample> Rankings { get; init; } = [];
    public IReadOnlyList<RatingExample> Ratings { get; init; } = [];
    public IReadOnlyList<CorrectionExample> Corrections { get; init; } = [];
    public IReadOnlyList<DemonstrationExample> Demonstrations { get; init; } = [];
    public IReadOnlyList<CommentExample> Comments { get; init; } = [];

    [JsonIgnore]
    public IEnumerable<JudgedExample> All => [.. Pairs, .. Thumbs, .. Rankings, .. Ratings, .. Corrections, .. Demonstrations, .. Comments];

    /// <inheritdoc cref="FeedbackBatch.Without"/>
    public JudgementSet Without(IReadOnlySet<string> feedbackIds)
    {
        return new()
        {
            Pairs = Others(Pairs),
            Thumbs = Others(Thumbs),
            Rankings = Others(Rankings),
            Ratings = Others(Ratings),
            Corrections = Others(Corrections),
            Demonstrations = Others(Demonstrations),
            Comments = Others(Comments),
        };

        T[] Others<T>(IReadOnlyList<T> examples) where T : JudgedExample => [.. examples.Where(e => !feedbackIds.Contains(e.FeedbackId))];
    }
}
