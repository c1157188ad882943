using System.Security.Claims;
using ChatLoop.ChatApi.Identity;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.ChatApi.Learning;

/// <summary>Why somebody changes what is served: kept with the decision.</summary>
public sealed record OrderReason(string Reason)
{
    private const int Characters = 500;

    /// <exception cref="ChatLoopException">Invalid without a reason, TooLarge for a long one.</exception>
    public string Checked()
    {
        var reason = Reason.Trim();
        if (reason.Length == 0) throw ChatLoopException.Invalid("'reason' is empty: say why, it is kept with the decision.");
        return reason.Length <= Characters
            ? reason
            : throw new ChatLoopException(ErrorCode.TooLarge, $"The reason has {reason.Length} characters; the limit is {Characters}. Shorten it.");
    }
}

public static class OrderMaker
{
    /// <summary>How the audit trail names who gives an order: by name and id, as names can be given to others later.</summary>
    public static string Decides(this ClaimsPrincipal caller) => caller.Name() is { } name ? $"{name} ({caller.RequiredUserId()})" : caller.RequiredUserId();
}
