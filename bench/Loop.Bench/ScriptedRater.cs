using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.Feedback;

namespace ChatLoop.Loop.Bench;

/// <summary>A rater with one taste: the answer that has the trait is better; both or neither is a tie.</summary>
internal sealed class ScriptedRater(string id, Func<string, bool> hasTrait)
{
    public PreferencePair Rate(string feedbackId, IReadOnlyList<PromptMessage> prompt, RatedAnswer first, RatedAnswer second)
    {
        var (a, b) = (hasTrait(first.Text), hasTrait(second.Text));
        return new(feedbackId, id, prompt, first, second, a == b ? 0.5 : a ? 1 : 0);
    }
}
