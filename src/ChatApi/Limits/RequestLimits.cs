using System.ComponentModel.DataAnnotations;

namespace ChatLoop.ChatApi.Limits;

/// <summary>
/// What the server takes, from the section "Limits". Beyond a size: 413 that names it. What a message, title or comment may hold
/// is the grains' to say.
/// </summary>
public sealed class RequestLimits
{
    public const string Section = "Limits";

    /// <summary>Largest body of a call, in bytes.</summary>
    [Range(1_024, 16 * 1024 * 1024)]
    public int BodyBytes { get; set; } = 64 * 1024;

    /// <summary>Largest message that a hub takes, in bytes.</summary>
    [Range(1_024, 1024 * 1024)]
    public int HubMessageBytes { get; set; } = 16 * 1024;

    /// <summary>Connections that the server holds at once.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_000;
}
