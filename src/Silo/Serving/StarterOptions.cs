namespace ChatLoop.Silo.Serving;

/// <summary>The model that the service begins with (section "Model").</summary>
public sealed class StarterOptions
{
    public const string Section = "Model";

    /// <summary>Folder of the starter checkpoint: a Hugging Face folder. Read once, when the data folder has no model yet.</summary>
    public string Starter { get; set; } = System.IO.Path.Combine("models", "starter");

    /// <summary>
    /// A Hugging Face folder to begin with in place of the starter. Read once, when the data folder has no model yet; a data folder
    /// that began with another model refuses it.
    /// </summary>
    public string? Path { get; set; }
}
