using ChatLoop.ChatApi.Hosting;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Trainer.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>
/// The real host with the real silo on a free port and in a data folder of its own; only model and trainer are scripted. The folder
/// outlives restarts.
/// </summary>
public class ChatLoopServer : IAsyncLifetime
{
    /// <summary>Made from the configuration, unless <see cref="HasAdmin"/> says otherwise.</summary>
    public const string AdminName = "boss", AdminPassword = "three brown walnuts";

    private readonly string _root = Directory.CreateTempSubdirectory("chatloop-api-").FullName;
    private WebApplication? _app;

    public ScriptedEngine Engine { get; private set; } = new();
    public ScriptedTrainer Trainer { get; private set; } = null!;
    public Uri Address { get; private set; } = new("http://127.0.0.1");
    public string DataFolder => Path.Combine(_root, "data");
    public IServiceProvider Services => App.Services;

    /// <summary>Settings on the command line, --Section:Name=value.</summary>
    protected virtual IEnumerable<string> Settings => [];

    protected virtual bool HasAdmin => true;

    protected virtual void OnBuilt(IServiceProvider services) { }

    protected virtual void OnDisposed() { }

    /// <summary>What the server needs beside itself.</summary>
    protected virtual Task BeforeStart() => Task.CompletedTask;

    protected virtual ValueTask AfterStop() => ValueTask.CompletedTask;

    private WebApplication App => _app ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        TinyCheckpoint.Save(new CheckpointStore(Path.Combine(_root, "models")), "starter", seed: 1);
        await BeforeStart();
        await Start();
    }

    public async Task Restart()
    {
        await Stop();
        Engine = new();
        await Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await AfterStop();
        Directory.Delete(_root, recursive: true);
        OnDisposed();
        GC.SuppressFinalize(this);
    }

    private async Task Start()
    {
        string[] arguments =
        [
            "--urls=http://127.0.0.1:0",
            $"--Data:Folder={DataFolder}",
            $"--Model:Starter={Path.Combine(_root, "models", "starter")}",
            // Tests sign in more often than one address may.
            "--RateLimits:Credentials:Burst=100000",
            .. HasAdmin ? (string[])[$"--Identity:Admin:Name={AdminName}", $"--Identity:Admin:Password={AdminPassword}"] : [],
            .. Settings,
        ];
        _app = ChatLoopHost.Build(arguments, services =>
        {
            // Hashes that take as long as they should would be most of what the tests do.
            services.PostConfigure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1_000);
            services.RemoveAll<IPolicyEngine>().AddSingleton<IPolicyEngine>(Engine);
            services.RemoveAll<ILoopTrainer>().AddSingleton<ScriptedTrainer>()
                .AddSingleton<ILoopTrainer>(provider => provider.GetRequiredService<ScriptedTrainer>());
        });
        OnBuilt(_app.Services);
        try
        {
            await _app.StartAsync();
        }
        catch
        {
            await _app.DisposeAsync();
            _app = null;
            throw;
        }
        Trainer = Services.GetRequiredService<ScriptedTrainer>();
        Address = new Uri(_app.Urls.Single());
    }

    private async Task Stop()
    {
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }
}
