using System.Text.RegularExpressions;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Conversations;

/// <summary>What a request may hold. Each refusal says what to change.</summary>
public static partial class RequestLimits
{
    public const int LongestMessage = 8_000;
    public const int LongestTitle = 200;
    public const int MostTurns = 2_000;
    public const int MostRunsUnderWay = 4;
    /// <summary>Answers of one comparison.</summary>
    public const int MostCompared = 4;
    /// <summary>Seeds that are drawn lie below: below 2^53 a seed survives JavaScript's numbers.</summary>
    public const long Seeds = 1L << 53;
    private const int LongestOwnTitle = 60;

    /// <summary>Ids that clients make.</summary>
    public static void CheckId(string name, string? id)
    {
        if (id is null || !ClientId().IsMatch(id))
            throw ChatLoopException.Invalid($"{name} must be a GUID or 1 to 64 letters, digits, '-' and '_'.");
    }

    public static void CheckMessage(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw ChatLoopException.Invalid("Write a message first.");
        if (text.Length > LongestMessage)
            throw new ChatLoopException(ErrorCode.TooLarge,
                $"A message may have at most {LongestMessage:N0} characters; this one has {text.Length:N0}. Shorten it or send it in parts.");
    }

    public static string CheckTitle(string? title)
    {
        var trimmed = title?.Trim() ?? "";
        return trimmed.Length is > 0 and <= LongestTitle
            ? trimmed
            : throw ChatLoopException.Invalid($"A title must have 1 to {LongestTitle} characters.");
    }

    /// <summary>The parameters to sample with: in range, and with a seed, drawn if none was given.</summary>
    public static SamplingParameters CheckSampling(SamplingParameters wanted)
    {
        SamplingLimits.Check(wanted);
        return wanted.Seed is null ? wanted with { Seed = Random.Shared.NextInt64(Seeds) } : wanted;
    }

    /// <summary>The start of the first message, cut between words.</summary>
    public static string TitleOf(string message)
    {
        var line = string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= LongestOwnTitle) return line;
        var cut = line.LastIndexOf(' ', LongestOwnTitle);
        if (cut <= 0) cut = char.IsHighSurrogate(line[LongestOwnTitle - 1]) ? LongestOwnTitle - 1 : LongestOwnTitle;
        return line[..cut] + "…";
    }

    /// <summary>Checks that a conversation can take another answer.</summary>
    public static void CheckRoom(ConversationState state)
    {
        if (state.Turns.Count >= MostTurns)
            throw new ChatLoopException(ErrorCode.TooLarge, $"A conversation may have at most {MostTurns:N0} messages: start a new one.");
        if (state.Turns.Count(t => t.Status == TurnStatus.Generating) >= MostRunsUnderWay)
            throw new ChatLoopException(ErrorCode.Busy, $"{MostRunsUnderWay} answers are being written here: wait for one to end, or stop it.");
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClientId();
}
