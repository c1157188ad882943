namespace ChatLoop.ChatApi.Accounts.Storage;

/// <summary>A key of an account for programs. The key itself is not kept.</summary>
public sealed class ApiKey
{
    public required string Id { get; init; }
    public required string AccountId { get; init; }
    public required string Name { get; init; }
    /// <summary>How the key begins, so that its owner tells it from others.</summary>
    public required string Prefix { get; init; }
    /// <summary>SHA-256 of the key: 256 random bits need no slower one.</summary>
    public required byte[] Hash { get; init; }
    /// <summary>With spaces between them.</summary>
    public required string Scopes { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
}
