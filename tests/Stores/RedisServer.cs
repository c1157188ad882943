using System.Globalization;

namespace ChatLoop.Stores;

/// <summary>A Redis server of its own that keeps nothing on disk, on a free port of this machine.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Ready = "Ready to accept connections";

    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-redis-").FullName;
    private ServerProcess _process = null!;

    private readonly string _address;

    private RedisServer(string address) => _address = address;

    public int ProcessId => _process.Id;
    public int Port { get; private set; }
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"{_address}:{Port}");

    /// <param name="address">Of this machine, where it answers.</param>
    public static async Task<RedisServer> Start(string address = "127.0.0.1")
    {
        var server = new RedisServer(address);
        await FreePort.Take(port =>
        {
            server.Port = port;
            return server.Restart();
        });
        return server;
    }

    /// <summary>Starts the server anew, empty, after <see cref="Kill"/>.</summary>
    public async Task Restart() => _process = await ServerProcess.Start(
        "redis-server", ["--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", _address, "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", _folder],
        _folder, Ready);

    /// <summary>kill -9.</summary>
    public Task Kill() => _process.Kill();

    /// <summary>SIGSTOP: connections stay open, and nothing answers.</summary>
    public void Pause() => _process.Pause();

    public void Continue() => _process.Continue();

    public async ValueTask DisposeAsync()
    {
        _process.Continue();
        await _process.Stop();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
