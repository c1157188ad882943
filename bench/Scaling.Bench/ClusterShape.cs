namespace ChatLoop.Scaling.Bench;

/// <summary>A cluster and what is asked of it. Rates per second; figures of this machine are in docs/measurements.md.</summary>
internal sealed record ClusterShape
{
    public double Conversations { get; init; } = 1_000_000;
    public int Silos { get; init; } = 100;
    /// <summary>Seconds between two messages of one conversation, on average.</summary>
    public double SecondsBetweenMessages { get; init; } = 600;
    public double TokensPerAnswer { get; init; } = 60;
    /// <summary>Of one answer alone on a silo's engine.</summary>
    public double TokensAlone { get; init; } = 4_874;
    /// <summary>Of 16 together.</summary>
    public double TokensOfSixteen { get; init; } = 14_471;
    /// <summary>Answers that an engine writes at once; more wait.</summary>
    public int LargestBatch { get; init; } = 64;
    /// <summary>Rows of grain state that one answer writes: the message, the answer's end, the list of conversations at both.</summary>
    public double WritesPerAnswer { get; init; } = 4;
    /// <summary>Durable writes that the database takes.</summary>
    public double DatabaseWrites { get; init; } = 4_000;
    public double KibibytesPerConversation { get; init; } = 14;

    /// <summary>Of the whole cluster.</summary>
    public double MessageRate => Conversations / SecondsBetweenMessages;

    /// <summary>
    /// Tokens a second of n answers together: r1 n / (1 + c (n - 1)), with c so that 16 fit. Reading the weights is shared, the rest is not.
    /// </summary>
    public double Throughput(int answers) => TokensAlone * answers / (1 + (Sharing * (answers - 1)));

    private double Sharing => ((16 * TokensAlone / TokensOfSixteen) - 1) / 15;
}
