using System.Diagnostics.CodeAnalysis;

namespace ChatLoop.Contracts.Errors;

/// <summary>What went wrong, in terms that a client can act on. The HTTP API maps each to a status code.</summary>
public enum ErrorCode
{
    /// <summary>The request is malformed (400).</summary>
    Invalid,
    /// <summary>No such thing, or it belongs to someone else: the two are not told apart (404).</summary>
    NotFound,
    /// <summary>The request contradicts what is already recorded (409).</summary>
    Conflict,
    /// <summary>Too large (413).</summary>
    TooLarge,
    /// <summary>The queue is full; try again later (503 with Retry-After).</summary>
    Busy,
    /// <summary>A checkpoint on disk is damaged or missing (500).</summary>
    DamagedCheckpoint,
    /// <summary>Nobody is known by what the caller gave (401).</summary>
    Unauthenticated,
    /// <summary>The caller is known and may not do this (403).</summary>
    Forbidden,
}

/// <summary>An error with a message that names the fix, safe to show to the user.</summary>
[GenerateSerializer, Alias("ChatLoop.Error")]
[SuppressMessage("Design", "CA1032", Justification = "An error without a code cannot be mapped.")]
public sealed class ChatLoopException(ErrorCode code, string message) : Exception(message)
{
    [Id(0)] public ErrorCode Code { get; } = code;

    public static ChatLoopException Invalid(string message) => new(ErrorCode.Invalid, message);
    public static ChatLoopException NotFound(string message) => new(ErrorCode.NotFound, message);
    public static ChatLoopException Conflict(string message) => new(ErrorCode.Conflict, message);
}
