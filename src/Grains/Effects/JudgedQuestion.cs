using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Feedback;
using ChatLoop.Trainer.Effects;

namespace ChatLoop.Grains.Effects;

/// <summary>A judgement as something that two versions can be asked: which answers it is about, which is better, and how to sample.</summary>
internal sealed record JudgedQuestion(IReadOnlyList<PromptMessage> Prompt, IReadOnlyList<RankedAnswer> Answers, SamplingParameters Sampling, FeedbackKind Kind)
{
    public static JudgedQuestion Of(FeedbackSubmission submission, RatedContext context)
    {
        var answers = AnswersOf(submission, context);
        return new(context.Prompt, answers, SamplingOf(answers), submission.Kind);
    }

    /// <summary>Whether a reward model can learn from it, given which answers are whole.</summary>
    public bool CanTeach(MeasuredEffect measured)
    {
        var whole = measured.Answers.Count(a => a.IsWhole);
        return Kind switch
        {
            FeedbackKind.Comment => false,
            FeedbackKind.Pair or FeedbackKind.Ranking or FeedbackKind.Correction => whole >= 2,
            _ => whole >= 1,
        };
    }

    /// <inheritdoc cref="FeedbackEffect.PreferenceShift"/>
    public double? PreferenceShift(IReadOnlyList<MeasuredAnswer> measured)
    {
        var rises = Answers.Zip(measured, (a, m) => (a.Rank, Rise: m.NewLogProbability - m.OldLogProbability)).Where(a => a is { Rank: not null, Rise: not null }).ToArray();
        double[] shifts = [.. from better in rises from worse in rises where better.Rank < worse.Rank select better.Rise!.Value - worse.Rise!.Value];
        return shifts.Length == 0 ? null : shifts.Average();
    }

    private static RankedAnswer[] AnswersOf(FeedbackSubmission submission, RatedContext context) => submission switch
    {
        _ when SaidRanks.Of(submission) is { } ranks => Ranked(context, ranks),
        { Text: { } text } when context.Answers.Count == 0 => [RankedAnswer.Own(text, rank: null)],
        { Text: { } text } => [RankedAnswer.Own(text, rank: 1), new(context.Answers[0], Rank: 2)],
        _ => [.. context.Answers.Select(a => new RankedAnswer(a, Rank: null))],
    };

    private static RankedAnswer[] Ranked(RatedContext context, IReadOnlyList<int> ranks) =>
        [.. context.Answers.Zip(ranks, (answer, rank) => new RankedAnswer(answer, rank))];

    /// <summary>As the best of the model's own answers was sampled; greedy where the user wrote the only one.</summary>
    private static SamplingParameters SamplingOf(RankedAnswer[] answers) =>
        answers.Where(a => !a.IsOwn).OrderBy(a => a.Rank).FirstOrDefault()?.Answer.Sampling ?? new() { Temperature = 0, Seed = 0 };
}

/// <param name="Rank">1 is the best; null when it was judged alone.</param>
internal sealed record RankedAnswer(RatedAnswer Answer, int? Rank, bool IsOwn = false)
{
    public static RankedAnswer Own(string text, int? rank) => new(new() { TurnId = "", Text = text }, rank, IsOwn: true);
}
