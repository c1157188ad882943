using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ChatLoop.Silo.Operations;

/// <summary>
/// One line per entry: when (UTC), how grave, what, and the trace that it belongs to, by which the entries of all processes that one message
/// went through are found. An exception follows on lines of its own. Logging:Console:FormatterName=json takes .NET's own instead.
/// </summary>
public sealed class TracedConsoleFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "chatloop";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (message.Length == 0 && logEntry.Exception is null) return;
        var trace = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? $" [trace {activity.TraceId}]" : "";
        // A message of several lines stays one entry: nobody's name or text can look like an entry of its own.
        var oneLine = message.ReplaceLineEndings(" ");
        textWriter.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {Level(logEntry.LogLevel)}: {logEntry.Category}: {oneLine}{trace}"));
        if (logEntry.Exception is { } error) textWriter.WriteLine(error.ToString());
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
