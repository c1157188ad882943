namespace ChatLoop.Scaling.Bench;

/// <summary>
/// What queueing theory says. A silo's engine is a processor that its answers share, faster the more there are: a birth-death chain whose
/// stationary law is that of exponential lengths (Kleinrock 1975, Queueing Systems I, section 3.2; processor sharing is insensitive to
/// the law of lengths). The database is one server to which an answer's writes come together, M[x]/M/1 (the same, section 4.5).
/// </summary>
internal static class PaperModel
{
    private const int MostAnswers = 20_000;

    /// <summary>Share of the engine's largest throughput that is asked for; 1 and more: it falls behind for good.</summary>
    public static double EngineLoad(ClusterShape shape) =>
        shape.MessageRate / shape.Silos * shape.TokensPerAnswer / shape.Throughput(shape.LargestBatch);

    public static double DatabaseLoad(ClusterShape shape) => shape.MessageRate * shape.WritesPerAnswer / shape.DatabaseWrites;

    public static double MebibytesPerSilo(ClusterShape shape) => shape.Conversations / shape.Silos * shape.KibibytesPerConversation / 1024;

    /// <summary>Mean seconds from a message to its answer's last token on the engine; infinite where it falls behind.</summary>
    public static double AnswerSeconds(ClusterShape shape)
    {
        if (EngineLoad(shape) >= 1) return double.PositiveInfinity;
        var arrivals = shape.MessageRate / shape.Silos;
        double weight = 1, total = 1, answers = 0;
        for (var n = 1; n < MostAnswers && weight > 1e-15 * total; n++)
        {
            weight *= arrivals * shape.TokensPerAnswer / shape.Throughput(Math.Min(n, shape.LargestBatch));
            total += weight;
            answers += n * weight;
        }
        // Little's law.
        return answers / total / arrivals;
    }

    /// <summary>Mean seconds that one durable write takes, with its wait.</summary>
    public static double WriteSeconds(ClusterShape shape) =>
        DatabaseLoad(shape) >= 1 ? double.PositiveInfinity : (shape.WritesPerAnswer + 1) / 2 / (shape.DatabaseWrites - (shape.MessageRate * shape.WritesPerAnswer));
}
