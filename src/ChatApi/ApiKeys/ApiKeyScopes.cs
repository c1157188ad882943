using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts.Storage;

namespace ChatLoop.ChatApi.ApiKeys;

/// <summary>Scopes as the store has them: words with spaces between, as in OAuth.</summary>
public static class ApiKeyScopes
{
    public static string Text(IEnumerable<ApiScope> scopes) => string.Join(' ', scopes.Distinct().Order().Select(Words.Of));

    public static IReadOnlyList<ApiScope> Of(ApiKey key) => [.. key.Scopes.Split(' ').Select(Words.Read<ApiScope>).OfType<ApiScope>()];
}
