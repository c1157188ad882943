using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;

namespace ChatLoop.Model.Tests.Checkpoints.Blobs;

/// <summary>
/// A real server of Azure's blob protocol on a free port of this machine, with its files in a temporary folder. `./test.sh` installs it
/// into tests/reference/azurite.
/// </summary>
public sealed class Azurite : IAsyncLifetime
{
    private const string Account = "devstoreaccount1";
    /// <summary>The emulator's well-known key, which is no secret.</summary>
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const int Tries = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-azurite-").FullName;
    private Process? _process;

    public int Port { get; private set; }

    /// <summary>Of this machine, where it answers.</summary>
    public string Address { get; init; } = "127.0.0.1";

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint=http://{Address}:{Port}/{Account};";

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program)) return;
        for (var left = Tries; !await TryStart(Port == 0 ? FreePort() : Port); left--)
            if (left == 1) Assert.Fail("Azurite does not start.");
    }

    /// <summary>A container's name for one test. Skips the test where nobody installed the server.</summary>
    public static string NewContainer()
    {
        Assert.SkipUnless(File.Exists(Program), "Azurite is not installed: run ./test.sh, or npm ci in tests/reference/azurite.");
        return $"test-{Guid.NewGuid():N}";
    }

    public BlobContainerClient Container(string name, HttpPipelineTransport? transport = null) => new(ConnectionString, name, Options(transport));

    /// <summary>Ends the process at once, as a crash does. Its files stay.</summary>
    public async Task Kill()
    {
        if (Interlocked.Exchange(ref _process, null) is not { } process) return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>It stands still: whoever asks gets no answer. Nothing where it does not run.</summary>
    public Task Halt() => Signal("STOP");

    public Task GoOn() => Signal("CONT");

    /// <summary>On the port and the files that it had, unless it runs.</summary>
    public async ValueTask Start()
    {
        if (_process is null) await InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await Kill();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Without retries a test decides itself what is tried again.</summary>
    private static BlobClientOptions Options(HttpPipelineTransport? transport)
    {
        var options = new BlobClientOptions();
        if (transport is null) return options;
        options.Transport = transport;
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        return options;
    }

    private async Task<bool> TryStart(int port)
    {
        Port = port;
        var start = new ProcessStartInfo("node")
        {
            ArgumentList =
            {
                Program, "--blobHost", Address, "--blobPort", $"{port}", "--location", _folder, "--silent", "--disableTelemetry",
                "--skipApiVersionCheck",
            },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = _process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        // It says so once it listens; the end of its output means that it ended, for want of the port for one.
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("successfully listens", StringComparison.Ordinal)) return true;
        }
        await Kill();
        return false;
    }

    private async Task Signal(string name)
    {
        if (_process is not { } process) return;
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Program { get; } = Path.Combine(Root(), "tests", "reference", "azurite", "node_modules", "azurite", "dist", "src", "blob", "main.js");

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ChatLoop.sln"))) folder = folder.Parent;
        return folder?.FullName ?? AppContext.BaseDirectory;
    }
}
