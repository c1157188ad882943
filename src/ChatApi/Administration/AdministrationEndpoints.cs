using ChatLoop.ChatApi.Access;

namespace ChatLoop.ChatApi.Administration;

/// <summary>Everybody's accounts, for admins.</summary>
public static class AdministrationEndpoints
{
    public static RouteGroupBuilder MapAdministration(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/accounts").WithTags("Accounts").RequireAuthorization(Doors.Accounts);
        ListAccounts.Map(group);
        MakeAccount.Map(group);
        ChangeAccount.Map(group);
        ReplacePassword.Map(group);
        return api;
    }
}
