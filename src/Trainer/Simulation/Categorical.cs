namespace ChatLoop.Trainer.Simulation;

/// <summary>Probabilities of the things that may come next; they sum to one.</summary>
public sealed record Categorical(IReadOnlyList<double> Probabilities)
{
    /// <summary>Mean of a number that each thing has.</summary>
    public double Expected(Func<int, double> number) => Probabilities.Select((p, i) => p * number(i)).Sum();

    /// <summary>Which one came, 0 to the number of things less 1.</summary>
    public int Draw(Random random)
    {
        var left = random.NextDouble();
        for (var i = 0; i < Probabilities.Count - 1; i++)
        {
            left -= Probabilities[i];
            if (left < 0) return i;
        }
        return Probabilities.Count - 1;
    }
}
