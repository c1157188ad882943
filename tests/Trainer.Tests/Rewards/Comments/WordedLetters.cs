using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Comments;

namespace ChatLoop.Trainer.Tests.Rewards.Comments;

/// <summary>Answers of random letters with and without a question mark, and raters who say in words what they think of it.</summary>
internal static class WordedLetters
{
    private static readonly string[] Praise = ["good", "very good", "I like the question at the end", "nice, ask more"];
    private static readonly string[] Complaint = ["too long", "dull", "this is not what I want", "no question at the end"];

    /// <summary>Every second answer has the question mark that raters like.</summary>
    /// <param name="isVerdictGiven">Whether a thumb goes with the words.</param>
    /// <param name="aboutOther">Whether the answer has the question mark or not by chance: raters thought of something else.</param>
    /// <param name="meaningless">Whether the words have nothing to do with the answer.</param>
    public static CommentedAnswer Comment(int i, bool isVerdictGiven, bool meaningless = false, bool aboutOther = false)
    {
        var liked = i % 2 == 0;
        var (rater, answer) = ($"rater {i % 3}", RatedLetters.Answer(i, 1, "", (aboutOther ? new Random(~i).Next(2) == 0 : liked) ? "?" : ""));
        var words = LetterPolicy.Template.Prompt([new(TurnRole.User, Words(i, meaningless))]);
        return new(rater, answer, new([.. words.SkipLast(1)], [words[^1]]), isVerdictGiven ? Judgement.Thumb(rater, answer, liked) : null);
    }

    private static string Words(int i, bool meaningless)
    {
        var random = new Random(i);
        var phrases = (meaningless ? random.Next(2) == 0 : i % 2 == 0) ? Praise : Complaint;
        return phrases[random.Next(phrases.Length)];
    }
}
