namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>Where the checkout under test lies.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "ChatLoop.sln"))) return folder.FullName;
        throw new InvalidOperationException("Run the tests inside the repository: ChatLoop.sln was not found.");
    }
}
