namespace ChatLoop.ChatApi.Hosting;

/// <summary>
/// The folders of the service as absolute paths. Relative ones count from the repository when the program was built in one, so
/// that <c>dotnet run --project src/ChatApi</c> means the same from everywhere; otherwise from the current folder.
/// </summary>
public sealed class ServiceFolders : IDisposable
{
    private readonly FileStream _lock;

    private ServiceFolders(string dataFolder, FileStream lockFile) => (DataFolder, _lock) = (dataFolder, lockFile);

    /// <summary>Holds everything that the service keeps.</summary>
    public string DataFolder { get; }

    public string KeyFolder => Path.Combine(DataFolder, "keys");

    /// <summary>Makes the folder, and keeps any other process out of it until disposed.</summary>
    /// <exception cref="StartRefusedException">The folder cannot be used.</exception>
    public static ServiceFolders Open(IConfiguration configuration)
    {
        var folder = Absolute(configuration["Data:Folder"] is { Length: > 0 } chosen ? chosen : "data");
        configuration["Data:Folder"] = folder;
        configuration["Model:Starter"] = configuration["Model:Starter"] is { Length: > 0 } starter ? Absolute(starter) : DefaultStarter();
        return new(folder, Lock(folder));
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The data folder '{folder}' cannot be made ({e.Message}). Choose another: --Data:Folder=PATH", e);
        }
        try
        {
            return new FileStream(Path.Combine(folder, "in-use.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartRefusedException($"The data folder '{folder}' cannot be written ({e.Message}). Choose another: --Data:Folder=PATH", e);
        }
        catch (IOException e)
        {
            throw new StartRefusedException(
                $"The data folder '{folder}' is in use by another ChatLoop process. Stop that one, or choose another folder: --Data:Folder=PATH", e);
        }
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
