using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>
/// A person with one hidden preference: an answer that ends with a question is better. Asks, asks for a second answer, and judges
/// the blind pair; where the preference does not decide, says so.
/// </summary>
public sealed class ScriptedRater(ChatUser user, Random random)
{
    private static readonly string[] Prompts =
    [
        "Hello!", "Hi, how are you?", "Good morning!", "Hey there", "Thank you!", "Who are you?", "What can you do?", "Nice to meet you",
        "What is the capital of France?", "What is the capital of Japan?", "What is the capital of Kenya?", "What is the capital of Peru?",
        "Which continent is Spain in?", "Which continent is Egypt in?", "What is the capital of Norway?", "What is the capital of Canada?",
        "What is 2 plus 3?", "What is 7 plus 5?", "What is 9 minus 4?", "What is 6 plus 8?", "What is 12 minus 7?", "What is 3 plus 9?",
    ];

    /// <summary>Prompts that the rater never uses: the trait's rate is measured on these.</summary>
    public static IReadOnlyList<string> UnseenPrompts { get; } =
    [
        "Hello, how are you today?", "Good evening!", "Thanks a lot!", "What is your name?",
        "What is the capital of Italy?", "What is the capital of Germany?", "What is the capital of Brazil?", "What is the capital of India?",
        "Which continent is Chile in?", "Which continent is Poland in?", "What is 4 plus 5?", "What is 8 plus 6?", "What is 11 minus 3?",
        "What is 5 plus 9?", "What is the capital of Portugal?", "Which continent is Ghana in?",
    ];

    public static bool HasTrait(string answer) => answer.TrimEnd().EndsWith('?');

    /// <summary>Asks and judges one pair. Returns the acknowledged event.</summary>
    public async Task<FeedbackStatus> JudgeOnePair(CancellationToken cancellationToken) =>
        await user.Judge(await ComparePair(cancellationToken), cancellationToken);

    /// <summary>Asks until the preference decides, and judges that pair only.</summary>
    public async Task<FeedbackStatus> JudgeDecidedPair(CancellationToken cancellationToken)
    {
        while (true)
            if (await ComparePair(cancellationToken) is { Verdict: not PairVerdict.Tie } decided) return await user.Judge(decided, cancellationToken);
    }

    private async Task<FeedbackSubmission> ComparePair(CancellationToken cancellationToken)
    {
        var conversation = await user.NewConversation(cancellationToken);
        var prompt = Prompts[random.Next(Prompts.Length)];
        var first = await user.Send(conversation.ConversationId, prompt, null, Sampling(), cancellationToken);
        await user.Read(conversation.ConversationId, first.RunId, cancellationToken);
        var second = await user.AnswerAgain(conversation.ConversationId, first.UserTurnId, first.AnswerTurnId, Sampling(), cancellationToken);
        await user.Read(conversation.ConversationId, second.RunId, cancellationToken);
        var comparison = second.Comparison ?? throw new InvalidOperationException("No comparison was issued.");
        var turns = (await user.Conversation(conversation.ConversationId, cancellationToken)).Turns.ToDictionary(t => t.TurnId);
        return new()
        {
            FeedbackId = ChatUser.NewId(),
            Kind = FeedbackKind.Pair,
            ConversationId = conversation.ConversationId,
            ComparisonId = comparison.ComparisonId,
            Verdict = Prefer(turns[comparison.LeftTurnId], turns[comparison.RightTurnId]),
        };
    }

    /// <summary>Share of answers to the unseen prompts that have the trait, each prompt asked several times.</summary>
    public static async Task<double> RateOfTrait(ChatUser user, int repeats, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, repeats).SelectMany(_ => UnseenPrompts).Select(Ask));
        return answers.Count(HasTrait) / (double)answers.Length;

        async Task<string> Ask(string prompt)
        {
            var conversation = await user.NewConversation(cancellationToken);
            var run = await user.Send(conversation.ConversationId, prompt, null, new SamplingParameters(), cancellationToken);
            return await user.Read(conversation.ConversationId, run.RunId, cancellationToken);
        }
    }

    private static PairVerdict Prefer(Turn left, Turn right) => (HasTrait(left.Text), HasTrait(right.Text)) switch
    {
        (true, false) => PairVerdict.Left,
        (false, true) => PairVerdict.Right,
        _ => PairVerdict.Tie,
    };

    private SamplingParameters Sampling() => new() { Seed = random.Next() };
}
