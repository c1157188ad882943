using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Rewards;

/// <summary>A judgement in tokens: of a pair, or of one answer.</summary>
/// <param name="Second">Null for a thumb.</param>
/// <param name="Label">Pair: probability that the first is better, 0.5 for a tie. Thumb: 1 for up, 0 for down.</param>
/// <param name="Weight">In the loss.</param>
public sealed record Judgement(string RaterId, TokenizedAnswer First, TokenizedAnswer? Second, double Label, double Weight = 1)
{
    public bool IsPair => Second is not null;

    /// <summary>A pair that a reward model can get right or wrong: not a tie, and two different answers.</summary>
    public bool IsInformative => Second is not null && Label != 0.5 && !First.Answer.SequenceEqual(Second.Answer);
}
