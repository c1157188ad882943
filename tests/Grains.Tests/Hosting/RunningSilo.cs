using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Tests.Generation;
using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Grains.Tests.Hosting;

/// <summary>The whole silo as a process would host it, with a tiny model that really runs.</summary>
internal sealed class RunningSilo(IHost host, RecordedLog log) : IAsyncDisposable
{
    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();
    public ICheckpointRegistryGrain Registry => Grains.GetGrain<ICheckpointRegistryGrain>(ServedModel.Name);
    public PolicyEngine Engine => (PolicyEngine)host.Services.GetRequiredService<IPolicyEngine>();
    public CheckpointStore Store => host.Services.GetRequiredService<CheckpointStore>();
    public ICheckpointExchange Checkpoints => host.Services.GetRequiredService<ICheckpointExchange>();
    public IAnswerScorer Scorer => host.Services.GetRequiredService<IAnswerScorer>();
    public RecordedLog Log => log;

    /// <summary>Writes a starter as a user would have it in models/starter.</summary>
    public static string MakeStarter(string folder)
    {
        Save(new CheckpointStore(folder), "starter", seed: 1);
        return Path.Combine(folder, "starter");
    }

    public static CheckpointManifest Save(CheckpointStore store, string folder, long seed)
    {
        using var weights = TinyPolicy.Weights(seed, endsAnswers: true);
        return store.Save(folder, TinyCheckpoint.Contents(weights));
    }

    public static IHost Build(RecordedLog log, params string[] settings)
    {
        var builder = Host.CreateApplicationBuilder(settings);
        builder.Logging.ClearProviders().AddProvider(log);
        builder.AddChatLoopSilo();
        return builder.Build();
    }

    public static async Task<RunningSilo> Start(params string[] settings)
    {
        var log = new RecordedLog();
        var host = Build(log, settings);
        try
        {
            await host.StartAsync();
            return new(host, log);
        }
        catch
        {
            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}

/// <summary>What was logged.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly List<(LogLevel Level, string Message)> _entries = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<(LogLevel Level, string Message)> Entries
    {
        get { lock (_entries) return [.. _entries]; }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_entries)
        {
            _entries.Add((logLevel, formatter(state, exception)));
            _more.SetResult();
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Ends once an entry holds the text.</summary>
    public async Task Written(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_entries)
            {
                if (_entries.Exists(e => e.Message.Contains(text, StringComparison.Ordinal))) return;
                more = _more.Task;
            }
            await more.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() { }
}
