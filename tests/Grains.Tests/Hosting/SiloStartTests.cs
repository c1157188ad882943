using System.Net;
using System.Net.Sockets;
using ChatLoop.Silo.Hosting;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Hosting;

/// <summary>Two services on one machine, and starts that cannot work.</summary>
public sealed class SiloStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-silo-").FullName;

    private string Starter => $"--Model:Starter={RunningSilo.MakeStarter(Path.Combine(_folder, "models"))}";

    private string Folder(string name) => $"--Data:Folder={Path.Combine(_folder, name)}";

    [Fact]
    public async Task Two_services_with_two_folders_run_side_by_side_and_know_nothing_of_each_other()
    {
        var starter = Starter;
        await using var first = await RunningSilo.Start(Folder("one"), starter);
        await using var second = await RunningSilo.Start(Folder("two"), starter);
        var id = NewId();
        await first.Grains.GetGrain<Contracts.Conversations.IConversationGrain>(id).Create("ada", "Mine");
        await Refuses(ErrorCode.NotFound, () => second.Grains.GetGrain<Contracts.Conversations.IConversationGrain>(id).GetSnapshot("ada"));
    }

    [Fact]
    public async Task One_folder_belongs_to_one_process()
    {
        var starter = Starter;
        await using var first = await RunningSilo.Start(Folder("one"), starter);
        var error = await Refuses(ErrorCode.Invalid, () => RunningSilo.Start(Folder("one"), starter));
        Assert.Contains("in use by another ChatLoop process", error.Message, StringComparison.Ordinal);
        Assert.Contains("--Data:Folder", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silo:Port")]
    [InlineData("Silo:GatewayPort")]
    public async Task Busy_port_is_named_with_its_setting(string setting)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var error = await Refuses(ErrorCode.Invalid, () => RunningSilo.Start(Folder("one"), $"--{setting}={port}"));
        Assert.Contains($"Port {port} ({setting})", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Silo:Port=many", "Silo:Port")]
    [InlineData("--Silo:Port=70000", "Silo:Port")]
    [InlineData("--Learning:PairsPerRun=1", "Learning:PairsPerRun")]
    [InlineData("--Learning:DecidedShare=1.1", "Learning:DecidedShare")]
    [InlineData("--Learning:HeldOutShare=1.5", "Learning:HeldOutShare")]
    [InlineData("--Learning:Workers=0", "Learning:Workers")]
    public async Task Setting_out_of_range_ends_the_start_by_name(string setting, string name)
    {
        var error = await Refuses(ErrorCode.Invalid, () => RunningSilo.Start(Folder("one"), Starter, setting));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_cannot_be_made_names_the_setting()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "not a folder", Guard);
        var error = await Refuses(ErrorCode.Invalid, () => Task.FromResult(DataFolder.Open(Path.Combine(file, "data"))));
        Assert.Contains("--Data:Folder", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
