using Microsoft.Extensions.Configuration;

namespace ChatLoop.Silo.Hosting;

/// <summary>
/// Makes the folders in the configuration absolute. Relative ones count from the repository when the program was built in one, so
/// that <c>dotnet run --project src/ChatApi</c> means the same from everywhere; otherwise from the current folder.
/// </summary>
public static class ServicePaths
{
    private const string DataFolder = "Data:Folder";
    private const string Starter = "Model:Starter";
    private const string Model = "Model:Path";

    public static void MakeAbsolute(IConfiguration configuration)
    {
        configuration[DataFolder] = Absolute(configuration[DataFolder] is { Length: > 0 } chosen ? chosen : "data");
        configuration[Starter] = configuration[Starter] is { Length: > 0 } starter ? Absolute(starter) : DefaultStarter();
        if (configuration[Model] is { Length: > 0 } model) configuration[Model] = Absolute(model);
    }

    /// <summary>Beside the program when published, in the repository otherwise.</summary>
    private static string DefaultStarter()
    {
        var published = Path.Combine(AppContext.BaseDirectory, "models", "starter");
        return Directory.Exists(published) ? published : Absolute(Path.Combine("models", "starter"));
    }

    private static string Absolute(string path) => Path.GetFullPath(path, Repository() ?? Directory.GetCurrentDirectory());

    private static string? Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ChatLoop.sln"))) return folder.FullName;
        return null;
    }
}
