using ChatLoop.Contracts.Feedback;

namespace ChatLoop.Grains.Feedback;

/// <summary>Where a judgement stands now: a projection of the ledger's events, kept in the same transactions.</summary>
public sealed class Judgement
{
    public required string FeedbackId { get; init; }
    /// <summary>Of the event that gave it.</summary>
    public required long Sequence { get; init; }
    public required string UserId { get; init; }
    public required FeedbackKind Kind { get; init; }
    public required string ConversationId { get; init; }
    public required string TargetId { get; init; }
    public Thumb? Thumb { get; init; }
    public PairVerdict? Verdict { get; init; }
    /// <summary>The user's words; erased by a withdrawal.</summary>
    public string? Comment { get; set; }
    public AnswerRanks? Ranks { get; init; }
    public int? Stars { get; init; }
    /// <summary>The corrected or the demonstrated answer; erased by a withdrawal.</summary>
    public string? Text { get; set; }
    /// <summary>The answer that a demonstration was begun from.</summary>
    public string? SuggestionTurnId { get; init; }
    /// <summary>Pairs of answers that it compares (see <see cref="FeedbackCounts.NewPairs"/>).</summary>
    public int Pairs { get; init; }
    /// <summary>1 when it says which of the model's answers is better (see <see cref="FeedbackCounts.DecidedPairs"/>).</summary>
    public int DecidedPairs { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Sequence of the judgement that replaced it.</summary>
    public long? SupersededBy { get; set; }
    /// <summary>Sequence of its withdrawal.</summary>
    public long? WithdrawnBy { get; set; }
    /// <summary>The run that is training on it.</summary>
    public string? TrainingRun { get; set; }
    /// <summary>A batch has held it, whatever became of that batch.</summary>
    public bool WasInBatch { get; set; }
    /// <summary>The first promoted version whose batch held it.</summary>
    public int? LearnedInVersion { get; set; }

    /// <summary>Null unless it was set aside.</summary>
    public ReviewState? Review { get; set; }

    /// <summary>Not set aside, or accepted since.</summary>
    public bool IsCounted => Review is null or ReviewState.Accepted;

    public bool IsCurrent => SupersededBy is null && WithdrawnBy is null;

    /// <summary>Says something that can be learned from; a skip does not.</summary>
    public bool IsPreference => Verdict != PairVerdict.Skip;

    /// <summary>Says which of several answers is better.</summary>
    public static bool IsComparison(FeedbackKind kind) => kind is FeedbackKind.Pair or FeedbackKind.Ranking or FeedbackKind.Correction;

    public static Judgement Of(string userId, FeedbackSubmission submission, long sequence, DateTimeOffset createdAt)
    {
        var (pairs, decided) = PairsOf(submission);
        return new()
        {
            FeedbackId = submission.FeedbackId,
            Sequence = sequence,
            UserId = userId,
            Kind = submission.Kind,
            ConversationId = submission.ConversationId,
            TargetId = TargetOf(submission),
            Thumb = submission.Thumb,
            Verdict = submission.Verdict,
            Comment = submission.Comment,
            Ranks = submission.Ranks,
            Stars = submission.Stars,
            Text = submission.Text,
            SuggestionTurnId = submission.Kind == FeedbackKind.Demonstration ? submission.TurnId : null,
            Pairs = pairs,
            DecidedPairs = decided,
            CreatedAt = createdAt,
        };
    }

    /// <summary>Whether this is what was submitted under its id; words that were erased are not known any more.</summary>
    public bool IsOf(FeedbackSubmission submission) =>
        ToSubmission() == (WithdrawnBy is null ? submission : submission with { Comment = null, Text = null });

    public FeedbackSubmission ToSubmission() => new()
    {
        FeedbackId = FeedbackId,
        Kind = Kind,
        ConversationId = ConversationId,
        TurnId = Kind switch
        {
            FeedbackKind.Pair or FeedbackKind.Ranking => null,
            FeedbackKind.Demonstration => SuggestionTurnId,
            _ => TargetId,
        },
        ComparisonId = Kind is FeedbackKind.Pair or FeedbackKind.Ranking ? TargetId : null,
        UserTurnId = Kind == FeedbackKind.Demonstration ? TargetId : null,
        Thumb = Thumb,
        Verdict = Verdict,
        Comment = Comment,
        Ranks = Ranks,
        Stars = Stars,
        Text = Text,
    };

    public FeedbackStatus ToStatus(bool consented) => new()
    {
        Submission = ToSubmission(),
        Sequence = Sequence,
        RecordedAt = CreatedAt,
        State = StateOf(consented),
        LearnedInVersion = LearnedInVersion,
    };

    public static string TargetOf(FeedbackSubmission submission) => submission.Kind switch
    {
        FeedbackKind.Pair or FeedbackKind.Ranking => submission.ComparisonId!,
        FeedbackKind.Demonstration => submission.UserTurnId!,
        _ => submission.TurnId!,
    };

    private static (int All, int Decided) PairsOf(FeedbackSubmission submission) => submission switch
    {
        { Verdict: PairVerdict.Left or PairVerdict.Right } => (1, 1),
        { Verdict: PairVerdict.Tie or PairVerdict.BothBad } => (1, 0),
        { Ranks.Values: var ranks } => (ranks.Length - 1, ranks.Distinct().Count() > 1 ? 1 : 0),
        { Kind: FeedbackKind.Correction } => (1, 0),
        _ => (0, 0),
    };

    private FeedbackState StateOf(bool consented) => this switch
    {
        { WithdrawnBy: not null } => FeedbackState.Withdrawn,
        { SupersededBy: not null } => FeedbackState.Superseded,
        _ when !consented => FeedbackState.NotUsed,
        { Review: ReviewState.Waiting } => FeedbackState.WaitsForReview,
        { Review: ReviewState.Rejected } => FeedbackState.Rejected,
        { LearnedInVersion: not null } => FeedbackState.Learned,
        { TrainingRun: not null } => FeedbackState.InTraining,
        _ => FeedbackState.Recorded,
    };
}

/// <summary>Whether a user's feedback may be used. No row: it may not.</summary>
public sealed class UserConsent
{
    public required string UserId { get; init; }
    public required bool Granted { get; set; }
}

/// <summary>A training run's batch held this judgement. Never deleted.</summary>
public sealed class BatchMember
{
    public required string RunId { get; init; }
    public required string FeedbackId { get; init; }
    /// <summary>It was withdrawn, and what the run's folder said of it is gone.</summary>
    public bool IsErased { get; set; }
}

/// <summary>A batch whose run has ended. Never changed.</summary>
public sealed class EndedBatch
{
    public required string RunId { get; init; }
    /// <summary>The version that learned from it and went live; null if none did.</summary>
    public int? LearnedInVersion { get; init; }
}
