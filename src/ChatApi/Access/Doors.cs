using ChatLoop.ChatApi.Identity;

namespace ChatLoop.ChatApi.Access;

/// <summary>The policies of all endpoints and hubs, by name. A call that has none of them is open to everybody.</summary>
public static class Doors
{
    /// <summary>Who am I?</summary>
    public const string Me = "me";
    /// <summary>One's own conversations.</summary>
    public const string Chat = "chat";
    /// <summary>One's own judgements and consent.</summary>
    public const string Feedback = "feedback";
    /// <summary>What the learning page shows.</summary>
    public const string ReadLearning = "readLearning";
    /// <summary>Other people's judgements.</summary>
    public const string Review = "review";
    /// <summary>Which version serves.</summary>
    public const string ServedModel = "servedModel";
    /// <summary>One's own account: password, sessions, API keys.</summary>
    public const string OwnAccount = "ownAccount";
    /// <summary>Everybody's accounts.</summary>
    public const string Accounts = "accounts";

    /// <summary>How the silos are.</summary>
    public const string Dashboard = "dashboard";

    private static readonly ApiScope[] AnyScope = [ApiScope.Chat, ApiScope.Feedback, ApiScope.Admin];

    /// <summary>Every policy, as the settings have it.</summary>
    public static IReadOnlyDictionary<string, Door> All(IdentitySettings settings)
    {
        Dictionary<string, Door> doors = new(StringComparer.Ordinal)
        {
            [Me] = new(Role.Visitor, AnyScope),
            [Chat] = new(Role.Visitor, [ApiScope.Chat]),
            [Feedback] = new(Role.Visitor, [ApiScope.Feedback]),
            [ReadLearning] = new(settings.LearningPage, AnyScope),
            [Review] = new(Role.Reviewer, [ApiScope.Feedback]),
            [ServedModel] = new(Role.Admin, [ApiScope.Admin]),
            [OwnAccount] = new(Role.User, []),
            [Accounts] = new(Role.Admin, []),
            [Dashboard] = new(Role.Admin, []),
        };
        if (settings.Visitors) return doors;
        return doors.ToDictionary(d => d.Key, d => d.Value with { Least = (Role)Math.Max((int)d.Value.Least, (int)Role.User) }, StringComparer.Ordinal);
    }
}
