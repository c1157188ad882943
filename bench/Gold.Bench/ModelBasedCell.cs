namespace ChatLoop.Gold.Bench;

/// <summary>One figure of the comparison, a line of its results' file.</summary>
/// <param name="Method">Ppo, Imagined, or "re-ranking, n = 4".</param>
/// <param name="Kl">To the start, nats per answer: measured, or of re-ranking ln n - (n - 1) / n.</param>
/// <param name="Accuracy">Of the reward model, the same for all methods, on held-out labels, noise included.</param>
/// <param name="Seconds">To learn, beside the reward model; of re-ranking, to answer the measured prompts.</param>
internal sealed record ModelBasedCell(
    string Method, string Gold, int Labels, int Seed, double WinRate, double Gain, double Kl, double Length, double Accuracy, double Seconds)
{
    public bool IsOf(string gold, int labels, int seed) => (Gold, Labels, Seed) == (gold, labels, seed);
}
