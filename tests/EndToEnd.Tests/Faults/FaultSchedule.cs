using System.Globalization;

namespace ChatLoop.EndToEnd.Tests.Faults;

public enum FaultKind
{
    /// <summary>kill -9; started again on the same address.</summary>
    KillServing,
    KillTraining,
    /// <summary>SIGSTOP for a while. What others declared dead meanwhile ends, and is started again.</summary>
    PauseServing,
    PauseTraining,
    PausePostgres,
    KillPostgres,
    PauseRedis,
    KillRedis,
    PauseBlobs,
    KillBlobs,
    /// <summary>The data folder's disk has no room left.</summary>
    FillDisk,
    CutNetwork,
    SlowNetwork,
    /// <summary>The silo's clock is wrong by an hour, either way, and then right again.</summary>
    JumpClock,
    /// <summary>The live version's weights in a silo's folder are changed; then the silo is killed and started again.</summary>
    DamageCheckpoint,
}

/// <param name="Target">Which of several, in turn.</param>
/// <param name="At">After the schedule's start.</param>
public sealed record Fault(FaultKind Kind, int Target, TimeSpan At, TimeSpan Lasts)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind} {Target} at {At.TotalSeconds:0.0} s for {Lasts.TotalSeconds:0.0} s");
}

/// <summary>What goes wrong, when and for how long: the same for a seed on every machine that allows the same kinds.</summary>
public sealed record FaultSchedule(int Seed, IReadOnlyList<Fault> Faults)
{
    private const int Fewest = 2, Most = 4;
    private const double LatestStart = 3, Shortest = 0.5, Longest = 3;

    public static FaultSchedule Of(int seed, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);
        return new(seed, [.. Enumerable.Range(0, random.Next(Fewest, Most + 1)).Select(_ => new Fault(
            kinds[random.Next(kinds.Count)], random.Next(2),
            TimeSpan.FromSeconds(random.NextDouble() * LatestStart),
            TimeSpan.FromSeconds(Shortest + random.NextDouble() * (Longest - Shortest)))).OrderBy(f => f.At)]);
    }

    public override string ToString() => $"seed {Seed}: {string.Join("; ", Faults)}";
}
