namespace ChatLoop.Model.Checkpoints.Blobs;

/// <summary>How checkpoints go to and from a container.</summary>
public sealed record BlobTransferOptions
{
    /// <summary>Put before every blob's name, so that several services can share a container.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Size of the blocks that a file is sent in; what a cut upload sends again at most, times <see cref="Parallel"/>.</summary>
    public int BlockBytes { get; init; } = 4 << 20;

    /// <summary>Blocks under way at once.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>How long a writer that died keeps others out. Azure takes 15 to 60 seconds.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait for another writer of the same checkpoint; zero: not at all.</summary>
    public TimeSpan WaitForWriter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Pause between two looks at a lease or lock that somebody else holds.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);
}
