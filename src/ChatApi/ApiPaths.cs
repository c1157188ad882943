namespace ChatLoop.ChatApi;

/// <summary>Where the API and the hubs live; every other path belongs to the web client.</summary>
public static class ApiPaths
{
    public const string Api = "/api";
    public const string Version1 = "/api/v1";
    public const string Hubs = "/hubs";
    public const string ChatHub = "/hubs/chat";
    public const string LearningHub = "/hubs/learning";
}
