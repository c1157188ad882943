using ChatLoop.Contracts.Errors;

namespace ChatLoop.Silo.Hosting;

/// <summary>
/// The folder that holds all that the silo keeps: databases, checkpoints and training runs. Two processes cannot share one; the
/// lock ends with the process, however it ends.
/// </summary>
public sealed class DataFolder : IDisposable
{
    public const string Setting = "Data:Folder";
    public const string Default = "data";
    private const string LockFile = "silo.lock";

    private readonly FileStream _lock;

    private DataFolder(string root, FileStream lockFile) => (Root, _lock) = (root, lockFile);

    public string Root { get; }
    public string GrainDatabase => Path.Combine(Root, "grains.db");
    public string FeedbackDatabase => Path.Combine(Root, "feedback.db");
    public string Checkpoints => Path.Combine(Root, "checkpoints");
    public string Runs => Path.Combine(Root, "runs");

    /// <exception cref="ChatLoopException">Invalid, naming the setting: the folder cannot be made, written or is in use.</exception>
    public static DataFolder Open(string? path)
    {
        var root = Path.GetFullPath(string.IsNullOrWhiteSpace(path) ? Default : path);
        try
        {
            Directory.CreateDirectory(root);
            return new(root, new FileStream(Path.Combine(root, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unusable(root, e.Message);
        }
        catch (IOException e) when (File.Exists(Path.Combine(root, LockFile)))
        {
            throw ChatLoopException.Invalid(
                $"The data folder '{root}' is in use by another ChatLoop process ({e.Message}). Stop that one, or choose another folder: --{Setting}=PATH");
        }
        catch (IOException e)
        {
            throw Unusable(root, e.Message);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static ChatLoopException Unusable(string root, string why) =>
        ChatLoopException.Invalid($"The data folder '{root}' cannot be used ({why}). Choose another: --{Setting}=PATH");
}
