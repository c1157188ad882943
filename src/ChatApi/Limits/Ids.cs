using ChatLoop.Contracts.Errors;

namespace ChatLoop.ChatApi.Limits;

/// <summary>Ids are letters, digits, '-' and '_', at most 64 of them.</summary>
public static class Ids
{
    public const int MaxCharacters = 64;

    /// <summary>For an id that we made: one of another shape cannot exist.</summary>
    /// <exception cref="ChatLoopException">NotFound, naming the thing.</exception>
    public static void RequireKnownShape(string? id, string thing)
    {
        if (!IsValid(id)) throw ChatLoopException.NotFound($"There is no such {thing}.");
    }

    private static bool IsValid(string? id) =>
        id is { Length: > 0 and <= MaxCharacters } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
