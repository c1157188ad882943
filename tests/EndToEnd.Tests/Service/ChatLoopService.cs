using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>
/// The real service, or a silo of it, as its own process, with its own data folder and ports. The folder outlives restarts and is deleted
/// with the object.
/// </summary>
public sealed class ChatLoopService : IAsyncDisposable
{
    private const string WebServer = "ChatApi", Silo = "Silo";
    private const int Sigterm = 15, Sigcont = 18, Sigstop = 19;

    private readonly string _program;
    private readonly Dictionary<string, string> _settings;
    private readonly StringBuilder _log = new();
    private Process? _process;

    private readonly ProcessPlace? _place;

    private ChatLoopService(string program, Dictionary<string, string> settings, ProcessPlace? place = null) =>
        (_program, _settings, _place) = (program, settings, place);

    public Uri Address { get; private set; } = new("http://127.0.0.1");
    public string DataFolder => _settings["Data:Folder"];

    /// <exception cref="InvalidOperationException">The process is not running.</exception>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The service is not running.");

    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    public static Task<ChatLoopService> Start(CancellationToken cancellationToken, params (string Name, string Value)[] settings) =>
        Start(WebServer, settings, cancellationToken);

    /// <summary>A web server on an address that it keeps over restarts.</summary>
    public static Task<ChatLoopService> Start(ProcessPlace place, CancellationToken cancellationToken, params (string Name, string Value)[] settings) =>
        Start(WebServer, settings, cancellationToken, place);

    /// <summary>The silo's own program; its address answers its operator alone.</summary>
    public static Task<ChatLoopService> StartSilo(CancellationToken cancellationToken, params (string Name, string Value)[] settings) =>
        Start(Silo, settings, cancellationToken);

    /// <summary>The silo's own program, on an address of its own that it keeps over restarts.</summary>
    public static Task<ChatLoopService> StartSilo(ProcessPlace place, CancellationToken cancellationToken, params (string Name, string Value)[] settings) =>
        Start(Silo, settings, cancellationToken, place);

    private static async Task<ChatLoopService> Start(
        string program, (string Name, string Value)[] settings, CancellationToken cancellationToken, ProcessPlace? place = null)
    {
        var all = settings.ToDictionary(s => s.Name, s => s.Value);
        if (!all.ContainsKey("Data:Folder")) all.Add("Data:Folder", Directory.CreateTempSubdirectory("chatloop-e2e-").FullName);
        var service = new ChatLoopService(program, all, place);
        await service.Restart(cancellationToken);
        return service;
    }

    /// <summary>Starts the process (again) and returns once it is ready to chat.</summary>
    public async Task Restart(CancellationToken cancellationToken)
    {
        var ports = _place?.Ports ?? FreePorts(3);
        Address = new Uri($"http://{_place?.Address ?? "127.0.0.1"}:{ports[0]}");
        _process = Launch([.. ArgumentsFor(ports)]);
        using var http = new HttpClient { BaseAddress = Address };
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_process.HasExited) throw new InvalidOperationException($"The service ended with {_process.ExitCode}:\n{Log}");
            try
            {
                using var response = await http.GetAsync(new Uri("/readyz", UriKind.Relative), cancellationToken);
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>It may have ended by itself: a silo that others declared dead does.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Ends it as a power cut would: SIGKILL, no shutdown code runs.</summary>
    public async Task Kill()
    {
        if (_process is null) return;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Ends it as an operator would: SIGTERM.</summary>
    public async Task Stop(CancellationToken cancellationToken)
    {
        if (_process is null) return;
        Assert.Equal(0, Signal(_process.Id, Sigterm));
        await _process.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, _process.ExitCode);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Its connections stay open, and it does nothing until it is continued.</summary>
    public void Pause() => Assert.Equal(0, Signal(ProcessId, Sigstop));

    public void Continue() => Assert.Equal(0, Signal(ProcessId, Sigcont));

    /// <summary>Runs the program to its end with these arguments and returns exit code and output.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEnd(CancellationToken cancellationToken, params string[] arguments)
    {
        var service = new ChatLoopService(WebServer, []);
        using var process = service.Launch(arguments);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        return (process.ExitCode, service.Log);
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        if (Directory.Exists(DataFolder)) Directory.Delete(DataFolder, recursive: true);
    }

    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    private IEnumerable<string> ArgumentsFor(int[] ports)
    {
        yield return $"--urls={Address.ToString().TrimEnd('/')}";
        yield return $"--Silo:Port={ports[1]}";
        yield return $"--Silo:GatewayPort={ports[2]}";
        foreach (var (name, value) in _settings) yield return $"--{name}={value}";
    }

    private Process Launch(string[] arguments)
    {
        string[] command = [.. _place?.Prefix ?? [], Repository.Path("src", _program, "bin", "Release", "net10.0", $"ChatLoop.{_program}"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Repository.Path("src", _program),
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _place?.Environment ?? []) start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Append(string? line)
    {
        lock (_log) _log.AppendLine(line);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int processId, int signal);
}
