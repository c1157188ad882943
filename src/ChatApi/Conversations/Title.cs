using System.Globalization;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.ChatApi.Conversations;

/// <summary>A conversation's title as a user gives it.</summary>
public static class Title
{
    /// <summary>Trimmed.</summary>
    /// <exception cref="ChatLoopException">Invalid when empty, TooLarge beyond the limit.</exception>
    public static string Check(string title, RequestLimits limits)
    {
        var trimmed = title.Trim();
        if (trimmed.Length == 0) throw ChatLoopException.Invalid("'title' must not be empty.");
        return trimmed.Length <= limits.TitleCharacters
            ? trimmed
            : throw new ChatLoopException(ErrorCode.TooLarge, string.Create(CultureInfo.InvariantCulture,
                $"The title has {trimmed.Length} characters; the limit is {limits.TitleCharacters} (Limits:TitleCharacters). Shorten it."));
    }
}
