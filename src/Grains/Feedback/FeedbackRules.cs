using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Conversations;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Feedback;

/// <summary>What a judgement may hold. Each refusal says what to change.</summary>
internal static class FeedbackRules
{
    public const int LongestComment = 2_000;

    private static readonly Dictionary<FeedbackKind, Form> Forms = new()
    {
        [FeedbackKind.Thumb] = new("A thumb is about one answer", ["turnId", "thumb: up or down"], []),
        [FeedbackKind.Pair] = new("A pair is about two answers", ["comparisonId", "verdict: left, right, tie, bothBad or skip"], []),
        [FeedbackKind.Ranking] = new("A ranking is about the answers of a comparison", ["comparisonId", "ranks: one for each answer, 1 the best"], []),
        [FeedbackKind.Rating] = new("A rating is about one answer", ["turnId", "stars: 1 to 5"], []),
        [FeedbackKind.Correction] = new("A correction is about one answer", ["turnId", "text: the answer as it should be"], []),
        [FeedbackKind.Demonstration] = new("A demonstration answers a message", ["userTurnId", "text: the answer"], ["turnId"]),
        [FeedbackKind.Comment] = new("A comment is about one answer", ["turnId", "comment: your words"], []),
    };

    /// <summary>Checks the form, and drops an empty comment.</summary>
    public static FeedbackSubmission Check(FeedbackSubmission submission)
    {
        RequestLimits.CheckId("feedbackId", submission.FeedbackId);
        RequestLimits.CheckId("conversationId", submission.ConversationId);
        var tidied = string.IsNullOrWhiteSpace(submission.Comment) ? submission with { Comment = null } : submission;
        if (!Forms.TryGetValue(submission.Kind, out var form))
            throw ChatLoopException.Invalid($"kind must be one of {string.Join(", ", Forms.Keys.Select(k => NameOf(k.ToString())))}.");
        CheckFields(tidied, form);
        if (tidied.Comment?.Contains('\0', StringComparison.Ordinal) == true || tidied.Text?.Contains('\0', StringComparison.Ordinal) == true)
            throw ChatLoopException.Invalid("Comment and text may not hold the character U+0000, which databases cannot keep: leave it out.");
        if (tidied.Comment?.Length > LongestComment)
            throw ChatLoopException.Invalid($"A comment may have at most {LongestComment:N0} characters; this one has {tidied.Comment.Length:N0}.");
        if (tidied.Text?.Length > RequestLimits.LongestMessage)
            throw new ChatLoopException(ErrorCode.TooLarge,
                $"An answer may have at most {RequestLimits.LongestMessage:N0} characters; this one has {tidied.Text.Length:N0}. Shorten it.");
        return tidied;
    }

    /// <summary>What can only be known with the answers at hand.</summary>
    public static void CheckAgainst(FeedbackSubmission submission, RatedContext context)
    {
        var answers = context.Answers.Count;
        if (submission is { Kind: FeedbackKind.Pair, Verdict: not PairVerdict.Skip } && answers != 2)
            throw ChatLoopException.Invalid($"This comparison holds {answers} answers: rank them (kind ranking), or skip.");
        if (submission.Ranks is { } ranks && ranks.Values.Length != answers)
            throw ChatLoopException.Invalid($"This comparison holds {answers} answers, and ranks {ranks.Values.Length}: give one rank for each.");
        if (submission.Text is { } text && answers == 1 && text.Trim() == context.Answers[0].Text.Trim())
            throw ChatLoopException.Invalid("The text is the answer as it was: change it, or give a thumb up.");
    }

    /// <summary>What is judged long after it was shown may be part of a campaign, and is about a version that is long gone.</summary>
    public static void CheckInTime(RatedContext context, TimeSpan within, DateTimeOffset now)
    {
        if (context.IssuedAt + within < now)
            throw ChatLoopException.Conflict($"These answers were shown for comparison at {context.IssuedAt:u}, and a verdict counts only within "
                + $"{InWords(within)} (Feedback:VerdictWithin): ask for another pair and judge that one.");

        static string InWords(TimeSpan time) => time.TotalDays >= 1 ? $"{time.TotalDays:0.#} days" : time.TotalHours >= 1 ? $"{time.TotalHours:0.#} hours" : $"{time.TotalMinutes:0.#} minutes";
    }

    private static void CheckFields(FeedbackSubmission submission, Form form)
    {
        (string Name, bool Given, bool Valid)[] fields =
        [
            ("turnId", submission.TurnId is not null, IsId("turnId", submission.TurnId)),
            ("userTurnId", submission.UserTurnId is not null, IsId("userTurnId", submission.UserTurnId)),
            ("comparisonId", submission.ComparisonId is not null, IsId("comparisonId", submission.ComparisonId)),
            ("thumb", submission.Thumb is not null, submission.Thumb is { } thumb && Enum.IsDefined(thumb)),
            ("verdict", submission.Verdict is not null, submission.Verdict is { } verdict && Enum.IsDefined(verdict)),
            ("ranks", submission.Ranks is not null, submission.Ranks is { } ranks && AreRanks(ranks)),
            ("stars", submission.Stars is not null, submission.Stars is >= 1 and <= 5),
            ("text", submission.Text is not null, !string.IsNullOrWhiteSpace(submission.Text)),
            ("comment", submission.Comment is not null, submission.Comment is not null),
        ];
        foreach (var needed in form.Needed)
            if (!fields.Single(f => f.Name == NameIn(needed)).Valid) throw ChatLoopException.Invalid($"{form.About}: it needs {needed}.");
        var superfluous = fields.Where(f => f.Given && !form.Allows(f.Name)).Select(f => f.Name).ToArray();
        if (superfluous.Length > 0) throw ChatLoopException.Invalid($"{form.About}: leave out {string.Join(" and ", superfluous)}.");
    }

    private static bool IsId(string name, string? id)
    {
        if (id is not null) RequestLimits.CheckId(name, id);
        return id is not null;
    }

    /// <summary>Two to four, and somebody is first.</summary>
    private static bool AreRanks(AnswerRanks ranks)
    {
        var values = ranks.Values;
        return values.Length is >= 2 and <= RequestLimits.MostCompared && values.All(r => r >= 1 && r <= values.Length) && values.Contains(1);
    }

    private static string NameIn(string field) => field.Split(':')[0];

    private static string NameOf(string kind) => char.ToLowerInvariant(kind[0]) + kind[1..];

    /// <param name="Needed">Names of fields, and after a colon what they may hold.</param>
    private sealed record Form(string About, string[] Needed, string[] Optional)
    {
        public bool Allows(string field) => field == "comment" || Optional.Contains(field) || Needed.Any(n => NameIn(n) == field);
    }
}
