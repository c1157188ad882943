namespace ChatLoop.Grains.Placement;

/// <summary>What a silo of the cluster does.</summary>
[Flags]
public enum SiloRole
{
    None = 0,
    /// <summary>Has a policy engine: conversations, users and the feedback ledger live there.</summary>
    Serve = 1,
    /// <summary>Trains: the trainers, and whatever else runs models outside the engine.</summary>
    Train = 2,
    All = Serve | Train,
}
