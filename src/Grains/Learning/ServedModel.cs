namespace ChatLoop.Grains.Learning;

/// <summary>The model that is served and trained; the key of registry, trainers and learning view.</summary>
public static class ServedModel
{
    public const string Name = "default";
}
