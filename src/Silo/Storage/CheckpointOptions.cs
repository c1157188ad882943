using System.Text.RegularExpressions;
using Azure.Identity;
using Azure.Storage.Blobs;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Silo.Storage;

/// <summary>Where silos find each other's checkpoints and training runs.</summary>
public enum CheckpointStorage
{
    /// <summary>In the data folder of the one silo.</summary>
    Folder,
    /// <summary>In a container of Azure Blob Storage; the data folder is a cache of it.</summary>
    Blob,
}

/// <summary>Section "Checkpoints". A class and no record, so that it is never printed: it may hold a key.</summary>
public sealed partial class CheckpointOptions
{
    public const string Section = "Checkpoints";

    public CheckpointStorage Store { get; set; }

    /// <summary>With a key or a shared access signature.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The account's address, with a shared access signature or for the identity that the machine has (DefaultAzureCredential).</summary>
    public string? Endpoint { get; set; }

    /// <summary>Made where it is missing.</summary>
    public string Container { get; set; } = "chatloop";

    /// <summary>Folder inside the container, so that several services can share it.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>
    /// How long the weights of a version that learned from withdrawn feedback, and of its reward model, are kept once another is live.
    /// </summary>
    public TimeSpan KeepRetired { get; set; } = TimeSpan.FromDays(1);

    /// <summary><see cref="Prefix"/> as blobs' names begin with it.</summary>
    internal string Root => Prefix.Length == 0 ? "" : Prefix.TrimEnd('/') + "/";

    /// <exception cref="ChatLoopException">Invalid, naming the setting and never its value where that may be a secret.</exception>
    public void Validate()
    {
        if (KeepRetired < TimeSpan.Zero || KeepRetired > TimeSpan.FromDays(365)) throw Invalid(nameof(KeepRetired), $"is {KeepRetired}: it must be 0 to 365 days");
        if (Store == CheckpointStorage.Folder) return;
        if (!Enum.IsDefined(Store)) throw Invalid(nameof(Store), "must be Folder or Blob");
        var (connection, endpoint) = (!string.IsNullOrWhiteSpace(ConnectionString), !string.IsNullOrWhiteSpace(Endpoint));
        if (connection && endpoint) throw Invalid(nameof(Endpoint), $"and {Section}:{nameof(ConnectionString)} are both set: leave one out");
        if (!connection && !endpoint) throw Invalid(nameof(ConnectionString), $"or {Section}:{nameof(Endpoint)} must be set, as {Section}:{nameof(Store)} is Blob");
        if (!ContainerName.IsMatch(Container))
            throw Invalid(nameof(Container), $"is '{Container}': it must be 3 to 63 lower-case letters, digits and single hyphens");
        if (!PrefixName.IsMatch(Prefix)) throw Invalid(nameof(Prefix), $"is '{Prefix}': it must be names of letters, digits, '.', '_' and '-' with '/' between them");
        _ = Connect();
    }

    /// <exception cref="ChatLoopException">Invalid, as above.</exception>
    internal BlobContainerClient Connect() => string.IsNullOrWhiteSpace(ConnectionString) ? AtEndpoint() : WithConnectionString();

    private BlobContainerClient WithConnectionString()
    {
        try
        {
            return new(ConnectionString, Container, Client);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or NullReferenceException)
        {
            throw Invalid(nameof(ConnectionString), "is not a connection string of Azure Storage, such as "
                + "'DefaultEndpointsProtocol=https;AccountName=NAME;AccountKey=KEY;EndpointSuffix=core.windows.net'");
        }
    }

    private BlobContainerClient AtEndpoint()
    {
        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
            throw Invalid(nameof(Endpoint), "is not an address such as 'https://NAME.blob.core.windows.net'");
        var address = new BlobUriBuilder(uri);
        if (address.BlobContainerName.Length > 0)
            throw Invalid(nameof(Endpoint), $"names a container: leave it out of the address and set {Section}:{nameof(Container)}");
        address.BlobContainerName = Container;
        if (address.Sas is not null) return new(address.ToUri(), Client);
        if (uri.Scheme != "https") throw Invalid(nameof(Endpoint), "must begin with https unless it has a shared access signature");
        return new(address.ToUri(), new DefaultAzureCredential(), Client);
    }

    /// <summary>Seconds of a server that is not there, two minutes of one that stands still; the trainer's own retries come on top.</summary>
    private static BlobClientOptions Client => new() { Retry = { MaxRetries = 4, NetworkTimeout = TimeSpan.FromSeconds(30) } };

    private static ChatLoopException Invalid(string name, string rule) => ChatLoopException.Invalid($"{Section}:{name} {rule}.");

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ContainerName { get; }

    [GeneratedRegex("^([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PrefixName { get; }
}
