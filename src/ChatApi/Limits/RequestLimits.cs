using System.ComponentModel.DataAnnotations;

namespace ChatLoop.ChatApi.Limits;

/// <summary>Sizes that a request may have, from the section "Limits". Beyond one: 413 that names it.</summary>
public sealed class RequestLimits
{
    public const string Section = "Limits";

    /// <summary>Largest body of a call, in bytes.</summary>
    [Range(1_024, 16 * 1024 * 1024)]
    public int BodyBytes { get; set; } = 64 * 1024;

    /// <summary>Largest message that a hub takes, in bytes.</summary>
    [Range(1_024, 1024 * 1024)]
    public int HubMessageBytes { get; set; } = 16 * 1024;

    /// <summary>Longest message to the model, in characters.</summary>
    [Range(1, 1_000_000)]
    public int MessageCharacters { get; set; } = 8_000;

    /// <summary>Longest title of a conversation, in characters.</summary>
    [Range(1, 1_000)]
    public int TitleCharacters { get; set; } = 120;

    /// <summary>Longest comment on a judgement, in characters.</summary>
    [Range(1, 100_000)]
    public int CommentCharacters { get; set; } = 2_000;

    /// <summary>Connections that the server holds at once.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_000;
}
