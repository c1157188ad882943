namespace ChatLoop.ChatApi.Learning;

/// <summary>What the learning page shows, and the one thing that it can do: roll back.</summary>
public static class LearningEndpoints
{
    public static RouteGroupBuilder MapLearning(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Learning");
        GetLearning.Map(group);
        MakeVersionLive.Map(group);
        return api;
    }
}
