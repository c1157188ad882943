namespace ChatLoop.Trainer.Rewards.Likelihoods;

/// <summary>
/// What the likelihoods have learned beside a reward model's scores, and what is saved with it. How generous single raters are is
/// not kept: whoever comes next is taken for a rater of no particular generosity.
/// </summary>
/// <param name="LogTie">log nu of <see cref="Davidson"/>.</param>
/// <param name="Candour">Of <see cref="Davidson"/>, in (0, 1).</param>
/// <param name="CutPoints">Of <see cref="CumulativeLogit"/>, ascending, four.</param>
public sealed record LikelihoodParameters(double LogTie, double Candour, IReadOnlyList<double> CutPoints)
{
    /// <summary>Where no pair and no rating was seen; also of reward models that were saved without any.</summary>
    public static LikelihoodParameters Unseen { get; } = new(
        Math.Log(Davidson.TieOf(decided: 0, ties: 0)), Davidson.CandourOf(ties: 0, bothBad: 0),
        CumulativeLogit.CutPointsOf(new int[CumulativeLogit.Stars]));
}
