using System.Globalization;

namespace ChatLoop.Stores;

/// <summary>
/// A PostgreSQL server of its own in a temporary folder, on a free port of this machine. It may be killed, restarted on its data, and
/// paused.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "chatloop";
    private const string Ready = "database system is ready to accept connections";

    private readonly string _folder;
    private readonly bool _isDurable;
    private readonly string _address;
    private ServerProcess _process = null!;
    private int _databases;

    private PostgresServer(string folder, bool isDurable, string address) => (_folder, _isDurable, _address) = (folder, isDurable, address);

    /// <summary>Of the server's first process.</summary>
    public int ProcessId => _process.Id;
    public int Port { get; private set; }

    /// <param name="isDurable">Commits wait for the disk. Tests do without: a killed process loses nothing that the system holds.</param>
    /// <param name="address">Of this machine, where it answers to the whole network of that address beside this machine.</param>
    public static async Task<PostgresServer> Start(bool isDurable = false, string address = "127.0.0.1")
    {
        var server = new PostgresServer(Directory.CreateTempSubdirectory("chatloop-postgres-").FullName, isDurable, address);
        await RunAsServer("chown", ["-R", "postgres", server._folder], asRoot: true);
        await RunAsServer(Program("initdb"), ["-D", server.Files, "-U", User, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        await File.AppendAllTextAsync(Path.Combine(server.Files, "pg_hba.conf"), "host all all samenet trust\n");
        await FreePort.Take(port =>
        {
            server.Port = port;
            return server.Restart();
        });
        return server;
    }

    /// <summary>Makes an empty database.</summary>
    /// <param name="options">Further parts of the connection string.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabase(string options = "")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await RunAsServer(Program("createdb"), ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", User, name]);
        return $"Host={_address};Port={Port};Username={User};Database={name};{options}";
    }

    /// <summary>Starts the server on its data, after <see cref="Kill"/>.</summary>
    public async Task Restart()
    {
        string[] arguments =
        [
            "-D", Files, "-p", Port.ToString(CultureInfo.InvariantCulture), "-k", "", "-c", $"listen_addresses=127.0.0.1{(_address == "127.0.0.1" ? "" : "," + _address)}",
            "-c", $"fsync={(_isDurable ? "on" : "off")}", "-c", "max_connections=300",
        ];
        var (program, all) = AsServer(Program("postgres"), arguments);
        _process = await ServerProcess.Start(program, all, _folder, Ready);
    }

    /// <summary>kill -9 to all its processes.</summary>
    public Task Kill() => _process.Kill();

    /// <summary>SIGSTOP to all its processes: connections stay open, and nothing answers.</summary>
    public void Pause() => _process.Pause();

    public void Continue() => _process.Continue();

    public async ValueTask DisposeAsync()
    {
        _process.Continue();
        await _process.Stop();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Files => Path.Combine(_folder, "files");

    private static Task RunAsServer(string program, string[] arguments, bool asRoot = false)
    {
        if (asRoot && !Environment.IsPrivilegedProcess) return Task.CompletedTask;
        var (started, all) = asRoot ? (program, arguments) : AsServer(program, arguments);
        return ServerProcess.Run(started, all, "/");
    }

    /// <summary>PostgreSQL refuses to run as root. setpriv gives way to the program, so that its process is the server's.</summary>
    private static (string Program, string[] Arguments) AsServer(string program, string[] arguments) => Environment.IsPrivilegedProcess
        ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
        : (program, arguments);

    /// <summary>Debian keeps PostgreSQL's programs out of the path, by version.</summary>
    private static string Program(string name)
    {
        var packaged = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(folder => Path.Combine(folder, "bin", name)).Where(File.Exists).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        return packaged ?? name;
    }
}
