using System.Diagnostics;
using System.Globalization;
using ChatLoop.EndToEnd.Tests.Service;
using ChatLoop.Model.Tests.Checkpoints.Blobs;
using ChatLoop.Stores;

namespace ChatLoop.EndToEnd.Tests.Faults;

/// <summary>
/// Two silos that serve, two that train and two web servers on real stores, each silo on a network, a disk and a clock of its own where
/// this machine allows it. What ends is started again, as an orchestrator would.
/// </summary>
public sealed class FaultyCluster : IAsyncLifetime
{
    private const int FirstMember = 10;
    private const int DiskMegabytes = 400;
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);
    private static readonly string ClockLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    private static readonly string[] Roles = ["serve", "serve", "train", "train"];
    private static readonly (string, string)[] Quiet =
    [
        ("RateLimits:Calls:PerSecond", "1000000"), ("RateLimits:Answers:PerSecond", "1000000"), ("RateLimits:NewVisitors:PerSecond", "1000000"),
        ("Logging:LogLevel:Default", "Warning"), ("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "None"),
        ("Logging:LogLevel:Orleans", "Error"), ("Logging:LogLevel:Polly", "None"),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-faults-").FullName;
    private readonly List<ChatLoopService> _silos = [];
    private readonly List<ChatLoopService> _webServers = [];
    private readonly SemaphoreSlim _starting = new(1);
    /// <summary>A store suffers one fault after another: what is dead cannot be paused.</summary>
    private readonly Dictionary<string, SemaphoreSlim> _suffering = new() { ["Postgres"] = new(1), ["Redis"] = new(1), ["Blobs"] = new(1) };
    private FaultNetwork? _network;
    private PostgresServer _postgres = null!;
    private RedisServer _redis = null!;
    private Azurite _blobs = null!;
    private bool _hasDisks;

    public IReadOnlyList<ChatLoopService> WebServers => _webServers;
    public string Database { get; private set; } = "";

    /// <summary>What this machine allows.</summary>
    public IReadOnlyList<FaultKind> Kinds =>
    [
        .. Enum.GetValues<FaultKind>().Where(kind => kind switch
        {
            FaultKind.CutNetwork or FaultKind.SlowNetwork => _network is not null,
            FaultKind.FillDisk => _hasDisks,
            FaultKind.JumpClock => File.Exists(ClockLibrary),
            _ => true,
        }),
    ];

    public async ValueTask InitializeAsync()
    {
        using var guard = new CancellationTokenSource(Guard);
        var container = Azurite.NewContainer();
        _network = await FaultNetwork.TryCreate();
        var host = _network?.Host ?? "127.0.0.1";
        _postgres = await PostgresServer.Start(address: host);
        _redis = await RedisServer.Start(host);
        _blobs = new Azurite { Address = host };
        await _blobs.InitializeAsync();
        Database = await _postgres.CreateDatabase();
        (string, string)[] settings =
        [
            ("Cluster:Clustering", "PostgreSql"), ("Cluster:Storage", "PostgreSql"), ("Cluster:ConnectionString", Database),
            ("Cluster:Redis", _redis.ConnectionString), ("Checkpoints:Store", "Blob"), ("Checkpoints:ConnectionString", _blobs.ConnectionString),
            ("Checkpoints:Container", container), .. QuickRuns.Settings, .. Quiet,
        ];
        _silos.AddRange(await Task.WhenAll(Roles.Select((role, i) => StartSilo(i, [.. settings, ("Silo:Roles", role)], guard.Token))));
        _webServers.AddRange(await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            ChatLoopService.Start(new ProcessPlace("127.0.0.1", ChatLoopService.FreePorts(3), [], []), guard.Token, [.. settings, ("Silo:Roles", "none")]))));
    }

    /// <summary>Begins a fault, waits for its end, and mends what it broke.</summary>
    public async Task Suffer(Fault fault, CancellationToken cancellationToken)
    {
        var store = _suffering.FirstOrDefault(s => fault.Kind.ToString().EndsWith(s.Key, StringComparison.Ordinal)).Value;
        if (store is not null) await store.WaitAsync(cancellationToken);
        try
        {
            await BreakAndMend(fault, cancellationToken);
        }
        finally
        {
            store?.Release();
        }
        await StartWhatEnded(cancellationToken);
    }

    private async Task BreakAndMend(Fault fault, CancellationToken cancellationToken)
    {
        var serving = fault.Target;
        var training = 2 + fault.Target;
        Func<Task> begin, end;
        (begin, end) = fault.Kind switch
        {
            FaultKind.KillServing => (() => Kill(serving, cancellationToken), Nothing),
            FaultKind.KillTraining => (() => Kill(training, cancellationToken), Nothing),
            FaultKind.PauseServing => (() => Pause(serving), () => Continue(serving)),
            FaultKind.PauseTraining => (() => Pause(training), () => Continue(training)),
            FaultKind.PausePostgres => (Do(_postgres.Pause), Do(_postgres.Continue)),
            FaultKind.KillPostgres => (_postgres.Kill, _postgres.Restart),
            FaultKind.PauseRedis => (Do(_redis.Pause), Do(_redis.Continue)),
            FaultKind.KillRedis => (_redis.Kill, _redis.Restart),
            FaultKind.PauseBlobs => (_blobs.Halt, _blobs.GoOn),
            FaultKind.KillBlobs => (_blobs.Kill, () => _blobs.Start().AsTask()),
            FaultKind.FillDisk => (Do(() => FillDisk(training)), Do(() => EmptyDisk(training))),
            FaultKind.CutNetwork => (() => _network!.Cut(FirstMember + serving), () => _network!.Mend(FirstMember + serving)),
            FaultKind.SlowNetwork => (() => _network!.Slow(FirstMember + serving), () => _network!.Quicken(FirstMember + serving)),
            FaultKind.JumpClock => (Do(() => SetClock(serving, fault.At.Ticks % 2 == 0 ? "+3600" : "-3600")), Do(() => SetClock(serving, "+0"))),
            FaultKind.DamageCheckpoint => (() => Damage(serving, cancellationToken), Nothing),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        await begin();
        try
        {
            await Task.Delay(fault.Lasts, cancellationToken);
        }
        finally
        {
            await end();
        }

        static Task Nothing() => Task.CompletedTask;
        static Func<Task> Do(Action action) => () =>
        {
            action();
            return Task.CompletedTask;
        };
    }

    /// <summary>Until every process answers that it is ready, however often one has to be started.</summary>
    public async Task Recover(CancellationToken cancellationToken)
    {
        foreach (var process in _silos.Concat(_webServers))
        {
            using var http = new HttpClient { BaseAddress = process.Address, Timeout = TimeSpan.FromSeconds(5) };
            while (!await IsReady(http, cancellationToken))
            {
                await StartWhatEnded(cancellationToken);
                await Task.Delay(200, cancellationToken);
            }
        }
    }

    /// <summary>The processes' last words, for a schedule that failed.</summary>
    public string Logs => string.Join('\n', _silos.Concat(_webServers).Select((p, i) => $"== process {i}\n{LastLines(p.Log)}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _webServers.Concat(_silos)) await process.DisposeAsync();
        if (_blobs is not null) await _blobs.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
        if (_hasDisks) foreach (var i in Enumerable.Range(0, Roles.Length)) await Mounting("umount", "-l", DiskOf(i));
        Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
        foreach (var store in _suffering.Values) store.Dispose();
    }

    private async Task<ChatLoopService> StartSilo(int index, (string, string)[] settings, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(ClockOf(index), "+0", cancellationToken);
        Directory.CreateDirectory(DiskOf(index));
        if (Environment.IsPrivilegedProcess && await Mounting("mount", "-t", "tmpfs", "-o", $"size={DiskMegabytes}m", "none", DiskOf(index))) _hasDisks = true;
        var address = _network?.AddressOf(FirstMember + index) ?? "127.0.0.1";
        var place = new ProcessPlace(
            address, _network is null ? ChatLoopService.FreePorts(3) : [8081, 11111, 30000],
            _network is null ? [] : await _network.Join(FirstMember + index),
            File.Exists(ClockLibrary) ? ClockFrom(ClockOf(index)) : []);
        return await ChatLoopService.StartSilo(place, cancellationToken, [.. settings, ("Silo:AdvertisedAddress", address), ("Data:Folder", Path.Combine(DiskOf(index), "data"))]);
    }

    /// <summary>
    /// Dates are those of the file's offset; timers are not touched: without the last setting waits with a time limit end at once, and
    /// .NET's threads spin.
    /// </summary>
    private static Dictionary<string, string> ClockFrom(string file) => new()
    {
        ["LD_PRELOAD"] = ClockLibrary,
        ["FAKETIME_TIMESTAMP_FILE"] = file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
    };

    /// <summary>Faults overlap: each of them ends with this.</summary>
    private async Task StartWhatEnded(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            foreach (var process in _silos.Concat(_webServers).Where(p => !p.IsRunning))
            {
                try
                {
                    await process.Restart(cancellationToken);
                }
                catch (InvalidOperationException)
                {
                    // It ended at its start, as a store is away: the next look starts it again.
                }
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task Kill(int silo, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            await _silos[silo].Kill();
        }
        finally
        {
            _starting.Release();
        }
    }

    private Task Pause(int silo)
    {
        if (_silos[silo].IsRunning) _silos[silo].Pause();
        return Task.CompletedTask;
    }

    private Task Continue(int silo)
    {
        if (_silos[silo].IsRunning) _silos[silo].Continue();
        return Task.CompletedTask;
    }

    private void SetClock(int silo, string offset) => File.WriteAllText(ClockOf(silo), offset);

    private void FillDisk(int silo)
    {
        using var file = File.Create(Path.Combine(DiskOf(silo), "filler"));
        var block = new byte[1 << 20];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private void EmptyDisk(int silo) => File.Delete(Path.Combine(DiskOf(silo), "filler"));

    private async Task Damage(int silo, CancellationToken cancellationToken)
    {
        var weights = new DirectoryInfo(Path.Combine(DiskOf(silo), "data", "checkpoints"))
            .EnumerateFiles("model.safetensors", SearchOption.AllDirectories).MaxBy(f => f.LastWriteTimeUtc);
        if (weights is not null)
        {
            await using var file = weights.Open(FileMode.Open, FileAccess.ReadWrite);
            file.Position = file.Length - 9;
            var last = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(last ^ 0x40));
        }
        await Kill(silo, cancellationToken);
    }

    private static async Task<bool> IsReady(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(ChatUser.Relative("/readyz"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private string DiskOf(int silo) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"disk-{silo}"));

    private string ClockOf(int silo) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"clock-{silo}"));

    private static string LastLines(string log) => string.Join('\n', log.Split('\n').TakeLast(150));

    private static async Task<bool> Mounting(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
