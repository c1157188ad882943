namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// How far each rater's judgements follow what all of them have taught (Chen et al. 2013, CrowdBT): with probability eta a rater says
/// what the reward model would, otherwise the opposite, <c>P(better) = eta * sigmoid(tau * margin) + (1 - eta) * sigmoid(-tau * margin)</c>.
/// His reliability is rho = 2 eta - 1, the share of his judgements that are no coin flips; who says the opposite has 0 and never less:
/// what he says is not turned round, for he may be an honest minority.
/// Margins must come from models that had not seen the prompt: a model vouches for whatever it has learned. The common inverse
/// temperature tau, at most 1, takes back an overconfident model's margins: if it knows nothing, nobody is doubted.
/// </summary>
public static class RaterReliability
{
    private const double Start = 0.9, Settled = 1e-6;
    private const int MostRounds = 200;
    /// <summary>Of two people who disagree nobody can say which one is wrong.</summary>
    private const int LeastRaters = 3;

    /// <param name="unseen">Comparisons with a contrast are used, one trial each.</param>
    /// <param name="trust">Strength of the prior at 1, in judgements: so many that agree are added to each rater's. With few of his
    /// own a rater stays at 1.</param>
    /// <returns>Reliability of each rater with a trial, in [0, 1]; others are trusted. Empty with fewer than three, or if it left nobody.</returns>
    public static IReadOnlyDictionary<string, double> Estimate(IEnumerable<ScoredJudgement> unseen, double trust)
    {
        var trials = unseen.Where(s => s.Margin is not null).ToLookup(s => s.Judgement.RaterId, s => s.Margin!.Value);
        var (etas, tau) = (trials.ToDictionary(r => r.Key, _ => Start), 1.0);
        if (trials.Count < LeastRaters) return new Dictionary<string, double>();
        for (var round = 0; round < MostRounds; round++)
        {
            // Expectation: how likely each judgement is what the rater thought. Maximisation: eta, then tau.
            var shares = trials.ToDictionary(r => r.Key, r => r.Select(m => Share(etas[r.Key], Sigmoid(tau * m))).ToArray());
            var next = shares.ToDictionary(r => r.Key, r => (r.Value.Sum() + trust) / (r.Value.Length + trust));
            tau = Temperature([.. trials.SelectMany(r => r.Zip(shares[r.Key]))]);
            var change = next.Sum(r => Math.Abs(r.Value - etas[r.Key]));
            etas = next;
            if (change < Settled) break;
        }
        return etas.Values.Any(eta => eta > 0.5) ? etas.ToDictionary(r => r.Key, r => Math.Max(0, 2 * r.Value - 1)) : new Dictionary<string, double>();
    }

    private static double Share(double eta, double probability) => eta * probability / (eta * probability + (1 - eta) * (1 - probability));

    /// <summary>The tau in [0, 1] that makes the margins likeliest, each meant as said by its share; the likelihood is concave in it.</summary>
    private static double Temperature(IReadOnlyList<(double Margin, double Share)> trials)
    {
        var (low, high) = (0.0, 1.0);
        if (Slope(high) >= 0) return high;
        for (var halving = 0; halving < 40; halving++)
        {
            var middle = (low + high) / 2;
            (low, high) = Slope(middle) > 0 ? (middle, high) : (low, middle);
        }
        return low;

        double Slope(double tau) => trials.Sum(t => t.Margin * (t.Share - Sigmoid(tau * t.Margin)));
    }

    private static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));
}
