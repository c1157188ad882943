namespace ChatLoop.Trainer.Rewards;

/// <summary>A contrast in a model's hidden space, [D].</summary>
/// <param name="Fold">Of its prompt.</param>
/// <param name="Direction">Features of the answer that the rater found better, minus the worse one's.</param>
public sealed record ComparedFeatures(string RaterId, int Fold, double[] Direction);
