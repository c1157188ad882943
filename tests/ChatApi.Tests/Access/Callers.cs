using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Tests.Service;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>Everybody who may knock at a door: none of them owns what they ask for.</summary>
public sealed class Callers : IDisposable
{
    private Callers(IReadOnlyList<(string Name, TestVisitor Caller)> all) => All = all;

    /// <summary>In the order of <see cref="WrongUserTests"/>'s columns.</summary>
    public IReadOnlyList<(string Name, TestVisitor Caller)> All { get; }

    /// <param name="opens">The scope that opens the door; null where no key does.</param>
    public static async Task<Callers> Make(ChatLoopServer server, ApiScope? opens)
    {
        var visitor = new TestVisitor(server);
        await visitor.Me();
        var admin = await TestVisitor.WithRole(server, Role.Admin);
        // The admin's, so that only the scope can be what is missing.
        var (revoked, revokedId) = await admin.NewKey(ApiScope.Chat, ApiScope.Feedback, ApiScope.Admin);
        (await admin.Delete($"/api/v1/me/api-keys/{revokedId}")).Expect(System.Net.HttpStatusCode.NoContent);
        var (other, _) = await admin.NewKey([.. Enum.GetValues<ApiScope>().Where(scope => scope != opens)]);
        return new(
        [
            ("no cookie", new TestVisitor(server)), ("other visitor", visitor),
            ("user", await TestVisitor.WithRole(server, Role.User)), ("reviewer", await TestVisitor.WithRole(server, Role.Reviewer)), ("admin", admin),
            ("revoked key", TestVisitor.WithKey(server, revoked)), ("key of another scope", TestVisitor.WithKey(server, other)),
        ]);
    }

    public void Dispose()
    {
        foreach (var (_, caller) in All) caller.Dispose();
    }
}
