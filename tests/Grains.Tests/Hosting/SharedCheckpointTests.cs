using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Model.Tests.Checkpoints.Blobs;
using ChatLoop.Silo.Storage;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Hosting;

/// <summary>Silos with disks of their own and one container.</summary>
public sealed class SharedCheckpointTests(Azurite server) : IClassFixture<Azurite>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-shared-").FullName;
    private readonly string _container = Azurite.NewContainer();

    [Fact]
    public async Task A_silo_serves_what_another_one_made()
    {
        await using var train = await RunningSilo.Start(Settings("train", RunningSilo.MakeStarter(Path.Combine(_folder, "models"))));
        await using var serve = await RunningSilo.Start(Settings("serve", starter: Path.Combine(_folder, "nowhere")));
        Assert.Equal(train.Store.ReadManifest("starter").WeightsHash, serve.Store.ReadManifest("starter").WeightsHash);
        var weights = RunningSilo.Save(train.Store, "v2", seed: 2).WeightsHash;
        await train.Checkpoints.Publish("v2", Guard);

        await serve.Registry.Reserve("run-2");
        await serve.Registry.Register(new()
        {
            Version = 2,
            Parent = 1,
            RunId = "run-2",
            Folder = "v2",
            WeightsHash = weights,
            CreatedAt = DateTimeOffset.UtcNow,
        });
        await serve.Registry.Decide(2, new([new GateCheck("kl", 3, 15, "at most 15", Passed: true)]), new());

        var guard = Guard;
        while (serve.Engine.LiveVersion != 2)
        {
            guard.ThrowIfCancellationRequested();
            await Task.Yield();
        }
        Assert.Equal(weights, serve.Engine.LiveWeightsHash);
    }

    [Fact]
    public async Task A_silo_that_has_its_version_starts_without_the_container()
    {
        var starter = RunningSilo.MakeStarter(Path.Combine(_folder, "models"));
        await using (await RunningSilo.Start(Settings("one", starter))) { }
        await server.Kill();
        try
        {
            await using var again = await RunningSilo.Start(Settings("one", starter));
            while (again.Engine.LiveVersion != 1) await Task.Yield();
        }
        finally
        {
            await server.Start();
        }
    }

    [Fact]
    public async Task Wrong_credentials_end_the_start_by_name_and_are_not_told()
    {
        var key = Convert.ToBase64String(new byte[64]);
        var connection = System.Text.RegularExpressions.Regex.Replace(server.ConnectionString, "AccountKey=[^;]*", $"AccountKey={key}");
        var error = await Refuses(ErrorCode.Invalid, () => RunningSilo.Start(
            [.. Settings("one", RunningSilo.MakeStarter(Path.Combine(_folder, "models"))), $"--Checkpoints:ConnectionString={connection}"]));
        Assert.Contains("Checkpoints:ConnectionString", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_is_in_no_log()
    {
        await using var silo = await RunningSilo.Start(Settings("one", RunningSilo.MakeStarter(Path.Combine(_folder, "models"))));
        var key = System.Text.RegularExpressions.Regex.Match(server.ConnectionString, "AccountKey=([^;]*)").Groups[1].Value;
        Assert.NotEmpty(silo.Log.Entries);
        Assert.All(silo.Log.Entries, e => Assert.DoesNotContain(key, e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ConnectionString", "Store=Blob")]
    [InlineData("ConnectionString", "Store=Blob", "ConnectionString=AccountName=a;AccountKey=secret")]
    [InlineData("ConnectionString", "Store=Blob", "ConnectionString=secret")]
    [InlineData("Endpoint", "Store=Blob", "ConnectionString=UseDevelopmentStorage=true", "Endpoint=https://secret.blob.core.windows.net")]
    [InlineData("Endpoint", "Store=Blob", "Endpoint=secret")]
    [InlineData("Endpoint", "Store=Blob", "Endpoint=http://secret.blob.core.windows.net")]
    [InlineData("Endpoint", "Store=Blob", "Endpoint=https://secret.blob.core.windows.net/container?sv=2024&sig=secret")]
    [InlineData("Container", "Store=Blob", "ConnectionString=UseDevelopmentStorage=true", "Container=Upper")]
    [InlineData("Container", "Store=Blob", "ConnectionString=UseDevelopmentStorage=true", "Container=ab")]
    [InlineData("Prefix", "Store=Blob", "ConnectionString=UseDevelopmentStorage=true", "Prefix=../other")]
    public async Task A_setting_that_cannot_work_ends_the_start_by_name(string name, params string[] settings)
    {
        var starter = RunningSilo.MakeStarter(Path.Combine(_folder, "models"));
        var error = await Refuses(ErrorCode.Invalid, () => RunningSilo.Start(
            [$"--Data:Folder={Path.Combine(_folder, "one")}", $"--Model:Starter={starter}", .. settings.Select(s => $"--Checkpoints:{s}")]));
        Assert.StartsWith($"Checkpoints:{name} ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UseDevelopmentStorage=true", null)]
    [InlineData(null, "https://account.blob.core.windows.net")]
    [InlineData(null, "http://127.0.0.1:10000/devstoreaccount1?sv=2024-11-04&ss=b&srt=sco&sp=rwdlac&se=2030-01-01T00:00:00Z&sig=abc")]
    public void Settings_that_can_work_are_taken(string? connection, string? endpoint)
    {
        var options = new CheckpointOptions { Store = CheckpointStorage.Blob, ConnectionString = connection, Endpoint = endpoint, Container = "models", Prefix = "team-a/chat" };
        options.Validate();
        Assert.Equal("models", options.Connect().Name);
    }

    /// <summary>Two silos that both believe that the step is theirs.</summary>
    [Fact]
    public async Task Of_two_writers_of_a_runs_file_all_see_the_first()
    {
        var container = server.Container(_container);
        await container.CreateIfNotExistsAsync(cancellationToken: Guard);
        BlobFiles[] files = [new(container, "runs/"), new(server.Container(_container), "runs/")];
        Assert.Null(await files[0].Read("run-0001/plan.json", Guard));

        var seen = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => files[i % 2].WriteOnce("run-0001/plan.json", [(byte)i], Guard)));

        var written = await files[1].Read("run-0001/plan.json", Guard);
        Assert.All(seen, s => Assert.Equal(written, s));
    }

    private string[] Settings(string silo, string starter) =>
    [
        $"--Data:Folder={Path.Combine(_folder, silo)}", $"--Model:Starter={starter}", "--Checkpoints:Store=Blob",
        $"--Checkpoints:ConnectionString={server.ConnectionString}", $"--Checkpoints:Container={_container}", "--Checkpoints:Prefix=tests/shared",
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
