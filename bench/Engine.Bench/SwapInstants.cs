using System.Collections.Concurrent;
using System.Diagnostics;
using ChatLoop.Model.Generation;
using Microsoft.Extensions.Logging;

namespace ChatLoop.Engine.Bench;

/// <summary>Notes when the engine, on its own thread between two steps, says that a version is live.</summary>
internal sealed class SwapInstants : ILogger<PolicyEngine>
{
    private const int SwappedIn = 1;
    private readonly ConcurrentQueue<long> _instants = [];

    /// <summary><see cref="Stopwatch"/> timestamps.</summary>
    public IReadOnlyCollection<long> Instants => _instants;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == SwappedIn) _instants.Enqueue(Stopwatch.GetTimestamp());
        else if (logLevel >= LogLevel.Warning) Console.WriteLine(formatter(state, exception));
    }

    public bool IsEnabled(LogLevel logLevel) => true;
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
}
