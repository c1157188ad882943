using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.ChatApi.Tests;

/// <summary>The real program: a start that cannot work says in one line what to change, and exits with 1.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-start-").FullName;

    private static CancellationToken Cancel => HangGuard.Token;

    [Fact]
    public async Task Busy_port()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await ExpectRefusal([$"--urls=http://127.0.0.1:{port}"], $"Port {port} is in use", "--urls=");
    }

    [Theory]
    [InlineData("--urls=nonsense", "'nonsense'", "--urls=http://127.0.0.1:5080")]
    [InlineData("--urls=http://192.0.2.1:5080", "192.0.2.1", "--urls=")]
    [InlineData("--Limits:BodyBytes=7", "BodyBytes", "appsettings.json")]
    [InlineData("--RateLimits:OpenStreams=many", "RateLimits:OpenStreams", "appsettings.json")]
    [InlineData("--RateLimits:Calls:Burst=-1", "Burst", "appsettings.json")]
    [InlineData("--Silo:Port=70000", "Silo:Port", "port number")]
    [InlineData("--Learning:PairsPerRun=-5", "PairsPerRun", "")]
    [InlineData("--Identity:Admin:Name=boss", "Identity:Admin:Password is missing", "")]
    [InlineData("--Identity:LearningPage=everybody", "Identity:LearningPage", "appsettings.json")]
    [InlineData("--Identity:SessionDays=0", "SessionDays", "appsettings.json")]
    [InlineData("--Identity:OpenIdConnect:ClientId=x", "Identity:OpenIdConnect:Authority is missing", "")]
    [InlineData("--Learning:PairsPerRunn=8", "Learning:PairsPerRunn is no setting", "Learning:PairsPerRun?")]
    [InlineData("--Learning:Ppo:Clipp=0.2", "Learning:Ppo:Clipp is no setting", "Learning:Ppo:Clip?")]
    [InlineData("--Feedback:Quarantine:Eror=0.1", "Feedback:Quarantine:Eror is no setting", "Feedback:Quarantine:Error?")]
    [InlineData("--Identity:SignUps=false", "Identity:SignUps is no setting", "Identity:SignUp?")]
    [InlineData("--Cluster:Tls:Certificat=a.pfx", "Cluster:Tls:Certificat is no setting", "Cluster:Tls:Certificate?")]
    [InlineData("--Learing:PairsPerRun=8", "Learing is no section", "Learning?")]
    [InlineData("--Engine:MaxConcurrent=0", "Engine:MaxConcurrent is 0", "1 to 4096")]
    [InlineData("--Learning:Ppo:Clip=9", "Learning:Ppo:Clip is 9", "")]
    [InlineData("--Telemetry:Otlp:Endpoint=collector", "Telemetry:Otlp:Endpoint", "http://collector:4318")]
    [InlineData("--Telemetry:SampleRatio=2", "Telemetry:SampleRatio", "0 to 1")]
    [InlineData("--Proxy:KnownNetworks:0=everywhere", "Proxy:KnownNetworks", "10.0.0.0/8")]
    [InlineData("--Cluster:Tls:Authority=authority.pem", "Cluster:Tls:Certificate is missing", "")]
    public async Task Bad_setting(string argument, params string[] words) => await ExpectRefusal([argument], words);

    [Fact]
    public async Task Data_folder_that_cannot_be_made()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "not a folder", Cancel);
        await ExpectRefusal([$"--Data:Folder={file}/data"], "Data:Folder", file);
    }

    [Fact]
    public async Task Missing_starter() => await ExpectRefusal([$"--Model:Starter={_folder}/none"], "Model:Starter", $"{_folder}/none");

    [Fact]
    public async Task Damaged_starter()
    {
        var starter = Starter();
        var weights = Path.Combine(starter, "model.safetensors");
        var bytes = await File.ReadAllBytesAsync(weights, Cancel);
        bytes[^100] ^= 0x40;
        await File.WriteAllBytesAsync(weights, bytes, Cancel);
        await ExpectRefusal([$"--Model:Starter={starter}"], "model.safetensors");
    }

    [Fact]
    public async Task Second_process_on_one_data_folder_is_refused_and_the_first_ends_in_order()
    {
        var data = Path.Combine(_folder, "data");
        using var first = Launch([$"--Data:Folder={data}", $"--Model:Starter={Starter()}"]);
        string? line;
        do line = await first.StandardOutput.ReadLineAsync(Cancel);
        while (line is not null && !line.Contains("open http://127.0.0.1:", StringComparison.Ordinal));
        Assert.NotNull(line);
        await ExpectRefusal([$"--Data:Folder={data}"], "Data:Folder", "in use");

        Assert.Equal(0, Signal(first.Id, 15));
        var rest = await first.StandardOutput.ReadToEndAsync(Cancel);
        await first.WaitForExitAsync(Cancel);
        Assert.Equal(0, first.ExitCode);
        Assert.DoesNotContain("fail:", rest, StringComparison.Ordinal);
    }

    private async Task ExpectRefusal(string[] arguments, params string[] words)
    {
        string[] folder = arguments.Any(a => a.StartsWith("--Data:Folder", StringComparison.Ordinal)) ? [] : [$"--Data:Folder={_folder}/data"];
        using var process = Launch([.. folder, .. arguments]);
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        var message = await errors;
        Assert.Equal(1, process.ExitCode);
        foreach (var word in words) Assert.Contains(word, message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", message + output, StringComparison.Ordinal);
        Assert.Single(message.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("fail:", output, StringComparison.Ordinal);
    }

    private string Starter()
    {
        TinyCheckpoint.Save(new CheckpointStore(Path.Combine(_folder, "models")), "starter", seed: 1);
        return Path.Combine(_folder, "models", "starter");
    }

    private static Process Launch(string[] arguments)
    {
        string[] port = arguments.Any(a => a.StartsWith("--urls", StringComparison.Ordinal)) ? [] : ["--urls=http://127.0.0.1:0"];
        return Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "ChatLoop.ChatApi"), [.. port, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int processId, int signal);
}
