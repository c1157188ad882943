namespace ChatLoop.ChatApi.Accounts.Storage;

/// <summary>One browser that signed in. It counts while it is here and bears the account's security stamp, which a new password changes.</summary>
public sealed class AccountSession
{
    public required string Id { get; init; }
    public required string AccountId { get; init; }
    public required string SecurityStamp { get; set; }
    public DateTimeOffset StartedAt { get; init; }
}
