using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ChatLoop.Stores;

/// <summary>
/// A server that a test started: it is ready when it says so, and it can be killed or stopped as a machine would be, with all the
/// processes that it started.
/// </summary>
internal sealed partial class ServerProcess : IDisposable
{
    private const int LinesKept = 40;
    private const int Sigkill = 9, Sigint = 2, Sigcont = 18, Sigstop = 19;
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Queue<string> _output = new();
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process, string readyLine)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Read(line.Data, readyLine);
        _process.ErrorDataReceived += (_, line) => Read(line.Data, readyLine);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _ready.TrySetResult(false);
    }

    public int Id => _process.Id;

    private string Output
    {
        get { lock (_output) return string.Join(Environment.NewLine, _output); }
    }

    /// <param name="readyLine">A part of the line that says that the server is ready.</param>
    /// <exception cref="InvalidOperationException">The server ended instead, with its last lines.</exception>
    public static async Task<ServerProcess> Start(string program, IEnumerable<string> arguments, string folder, string readyLine)
    {
        var server = new ServerProcess(new Process { StartInfo = Describe(program, arguments, folder) }, readyLine);
        try
        {
            server._process.Start();
            server._process.BeginOutputReadLine();
            server._process.BeginErrorReadLine();
            if (await server._ready.Task.WaitAsync(Guard)) return server;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{program} cannot be started ({e.Message}). ./test.sh installs what tests need.", e);
        }
        throw new InvalidOperationException($"{program} ended at its start: {server.Output}");
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task Run(string program, IEnumerable<string> arguments, string folder)
    {
        using var process = Process.Start(Describe(program, arguments, folder))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} failed: {await output}{await errors}");
    }

    /// <summary>SIGKILL, to the processes that it started too, as a machine that loses its power.</summary>
    public async Task Kill()
    {
        Signal(Sigkill);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGINT: the server ends its clients' connections and stops in good order.</summary>
    public async Task Stop()
    {
        if (!_process.HasExited) Send(Id, Sigint);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: connections stay open, and nothing answers.</summary>
    public void Pause() => Signal(Sigstop);

    /// <summary>SIGCONT.</summary>
    public void Continue() => Signal(Sigcont);

    public void Dispose() => _process.Dispose();

    private static ProcessStartInfo Describe(string program, IEnumerable<string> arguments, string folder) => new(program, arguments)
    {
        WorkingDirectory = folder,
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["LC_ALL"] = "C" },
    };

    /// <summary>First to the server, so that it starts nothing between.</summary>
    private void Signal(int signal)
    {
        if (_process.HasExited) return;
        var children = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/task/{Id}/children"))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Send(Id, signal);
        foreach (var child in children) Send(int.Parse(child, CultureInfo.InvariantCulture), signal);
    }

    private void Read(string? line, string readyLine)
    {
        if (line is null) return;
        lock (_output)
        {
            _output.Enqueue(line);
            if (_output.Count > LinesKept) _output.Dequeue();
        }
        if (line.Contains(readyLine, StringComparison.Ordinal)) _ready.TrySetResult(true);
    }

    /// <summary>kill(2). That a process ended meanwhile is no error.</summary>
    private static void Send(int process, int signal) => _ = NativeKill(process, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeKill(int process, int signal);
}
