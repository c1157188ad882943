using System.Net;
using System.Net.Sockets;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests;

/// <summary>A start that cannot work says in one place what to change, and exits with 1.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-startup-").FullName;

    [Fact]
    public async Task Busy_port_names_the_port_and_the_setting()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var output = await ExpectRefusal($"--urls=http://127.0.0.1:{port}", $"--Data:Folder={_folder}");
        Assert.Contains($"{port}", output, StringComparison.Ordinal);
        Assert.Contains("--urls", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unusable_data_folder_names_the_setting()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "not a folder", TestContext.Current.CancellationToken);
        Assert.Contains("Data:Folder", await ExpectRefusal($"--Data:Folder={file}/data"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_starter_names_the_file()
    {
        var starter = Path.Combine(_folder, "starter");
        Directory.CreateDirectory(starter);
        foreach (var file in Directory.GetFiles(Repository.Path("models", "starter"))) File.Copy(file, Path.Combine(starter, Path.GetFileName(file)));
        var weights = Path.Combine(starter, "model.safetensors");
        var bytes = await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken);
        bytes[^100] ^= 0x40;
        await File.WriteAllBytesAsync(weights, bytes, TestContext.Current.CancellationToken);
        var output = await ExpectRefusal($"--Model:Starter={starter}", $"--Data:Folder={_folder}/data");
        Assert.Contains("model.safetensors", output, StringComparison.Ordinal);
    }

    private static async Task<string> ExpectRefusal(params string[] arguments)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var ports = ChatLoopService.FreePorts(3);
        string[] defaults = [$"--urls=http://127.0.0.1:{ports[0]}", $"--Silo:Port={ports[1]}", $"--Silo:GatewayPort={ports[2]}"];
        var (exitCode, output) = await ChatLoopService.RunToEnd(guard.Token, [.. defaults, .. arguments]);
        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        return output;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
