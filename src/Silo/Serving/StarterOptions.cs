namespace ChatLoop.Silo.Serving;

/// <summary>The model that the service begins with (section "Model").</summary>
public sealed class StarterOptions
{
    public const string Section = "Model";

    /// <summary>Folder of the starter checkpoint: a Hugging Face folder. Read once, when the data folder has no model yet.</summary>
    public string Starter { get; set; } = Path.Combine("models", "starter");
}
