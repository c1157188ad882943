using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts.Storage;

namespace ChatLoop.ChatApi.ApiKeys;

/// <summary>What its owner sees of a key later.</summary>
/// <param name="Prefix">How it begins.</param>
public sealed record ApiKeyEntry(string KeyId, string Name, string Prefix, IReadOnlyList<ApiScope> Scopes, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    public static ApiKeyEntry Of(ApiKey key) => new(key.Id, key.Name, key.Prefix, ApiKeyScopes.Of(key), key.CreatedAt, key.ExpiresAt);
}

/// <summary>A new key: the only time that it is seen whole.</summary>
public sealed record NewApiKey(string Key, ApiKeyEntry Entry);

/// <param name="Scopes">What it may be used for.</param>
/// <param name="Days">Until it expires.</param>
public sealed record ApiKeyToMake(string Name, IReadOnlyList<ApiScope> Scopes, int Days = 90);
