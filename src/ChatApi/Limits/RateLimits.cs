using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Limits;

/// <summary>How often one user may call, from the section "RateLimits". Beyond it: 429 with Retry-After.</summary>
public sealed class RateLimits
{
    public const string Section = "RateLimits";

    /// <summary>All calls of one user.</summary>
    [Required, ValidateObjectMembers]
    public Bucket Calls { get; set; } = new() { Burst = 1_000, PerSecond = 50 };

    /// <summary>Answers that one user starts: each costs model time.</summary>
    [Required, ValidateObjectMembers]
    public Bucket Answers { get; set; } = new() { Burst = 200, PerSecond = 10 };

    /// <summary>New identities that one address is given, so that a new cookie is no way around the other limits.</summary>
    [Required, ValidateObjectMembers]
    public Bucket NewVisitors { get; set; } = new() { Burst = 200, PerSecond = 2 };

    /// <summary>Tries of passwords from one address, whatever the account.</summary>
    [Required, ValidateObjectMembers]
    public Bucket Credentials { get; set; } = new() { Burst = 30, PerSecond = 1 };

    /// <summary>Runs and learning feeds that one user follows at once, over hubs and server-sent events together.</summary>
    [Range(1, 1_000_000)]
    public int OpenStreams { get; set; } = 256;

    /// <summary>A token bucket: <see cref="Burst"/> calls at once, refilled by <see cref="PerSecond"/>.</summary>
    public sealed class Bucket
    {
        [Range(1, 1_000_000)]
        public int Burst { get; set; }

        [Range(1, 1_000_000)]
        public int PerSecond { get; set; }
    }
}
