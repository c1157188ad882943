namespace ChatLoop.ChatApi;

/// <summary>The key of the registry's and the trainers' grains.</summary>
public static class ModelName
{
    public const string Default = "default";
}
