namespace ChatLoop.ChatApi.Notifications;

/// <summary>
/// Whether pages of one user may be connected to several servers. What every server hears by itself, it tells its own pages; what one
/// server alone knows reaches the user's pages on all of them.
/// </summary>
/// <param name="IsOn">Redis carries messages between the servers.</param>
public sealed record Backplane(bool IsOn);
