namespace ChatLoop.ChatApi.Learning;

/// <summary>What the learning page shows, and what it can do with versions.</summary>
public static class LearningEndpoints
{
    public static RouteGroupBuilder MapLearning(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Learning");
        GetLearning.Map(group);
        var versions = group.MapGroup("/checkpoints");
        MakeVersionLive.Map(versions);
        StopCanary.Map(versions);
        PinVersion.Map(versions);
        return api;
    }
}
