using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints.Blobs;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>What another silo brings is what was sent last, whole or not at all.</summary>
public sealed class FolderMirrorTests(Azurite server) : IClassFixture<Azurite>, IDisposable
{
    private readonly TemporaryFolder _here = new(), _there = new();
    private readonly string _container = Azurite.NewContainer();

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_newest_files_are_brought_and_old_ones_are_gone()
    {
        var mirror = await New();
        Write("ppo.1.safetensors", "first");
        Write("ppo.json", "names 1");
        await mirror.Send(_here.Path, "v2", Guard);
        File.Delete(_here["ppo.1.safetensors"]);
        Write("ppo.2.safetensors", "second");
        Write("ppo.json", "names 2");
        Write("ppo.json.tmp", "half");
        await mirror.Send(_here.Path, "v2", Guard);
        await mirror.Send(_here.Path, "v20", Guard);
        await mirror.Delete("v20", Guard);

        await mirror.Bring(_there.Path, "v2", Guard);

        Assert.Equal(["ppo.2.safetensors", "ppo.json"], Directory.EnumerateFiles(_there.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(("second", "names 2"), (Read("ppo.2.safetensors"), Read("ppo.json")));
    }

    /// <summary>A silo's own are newer than what it sent.</summary>
    [Fact]
    public async Task Files_of_ones_own_stay()
    {
        var mirror = await New();
        Write("ppo.json", "theirs");
        await mirror.Send(_here.Path, "v2", Guard);
        await File.WriteAllTextAsync(_there["ppo.json"], "own", Guard);
        await mirror.Bring(_there.Path, "v2", Guard);
        Assert.Equal("own", Read("ppo.json"));
    }

    [Fact]
    public async Task A_copy_that_was_changed_brings_nothing_that_speaks_of_it()
    {
        var mirror = await New();
        Write("ppo.1.safetensors", "first");
        Write("ppo.json", "names 1");
        await mirror.Send(_here.Path, "v2", Guard);
        var blob = server.Container(_container).GetBlobClient("resume/v2/ppo.1.safetensors");
        await blob.UploadAsync(BinaryData.FromString("other"), new Azure.Storage.Blobs.Models.BlobUploadOptions
        {
            Metadata = (await blob.GetPropertiesAsync(cancellationToken: Guard)).Value.Metadata,
        }, Guard);

        await Assert.ThrowsAsync<ChatLoopException>(() => mirror.Bring(_there.Path, "v2", Guard));

        Assert.False(File.Exists(_there["ppo.json"]));
    }

    [Fact]
    public async Task Where_nothing_was_sent_nothing_comes()
    {
        var mirror = await New();
        await mirror.Send(_here["nowhere"], "v2", Guard);
        await mirror.Bring(_there["nowhere"], "v2", Guard);
        Assert.False(Directory.Exists(_there["nowhere"]));
    }

    private async Task<BlobFolderMirror> New()
    {
        var container = server.Container(_container);
        await container.CreateIfNotExistsAsync(cancellationToken: Guard);
        return new(container, "resume/", new());
    }

    private void Write(string name, string text) => File.WriteAllText(_here[name], text);

    private string Read(string name) => File.ReadAllText(_there[name]);

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }
}
