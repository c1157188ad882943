namespace ChatLoop.Grains.Generation;

/// <summary>An answer that was chosen.</summary>
/// <param name="Of">How many it was chosen out of.</param>
/// <param name="Seed">That it was sampled with.</param>
public sealed record ChosenCandidate(int Of, long Seed);
