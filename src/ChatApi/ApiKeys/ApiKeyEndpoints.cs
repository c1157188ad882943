using ChatLoop.ChatApi.Access;

namespace ChatLoop.ChatApi.ApiKeys;

/// <summary>Keys of the caller's account. No key makes or revokes keys.</summary>
public static class ApiKeyEndpoints
{
    public static RouteGroupBuilder MapApiKeys(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/me/api-keys").WithTags("API keys").RequireAuthorization(Doors.OwnAccount);
        ListApiKeys.Map(group);
        MakeApiKey.Map(group);
        RevokeApiKey.Map(group);
        return api;
    }
}
