using System.Net.Sockets;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Options;

namespace ChatLoop.Silo.Hosting;

/// <summary>What to tell the operator when a start fails: one line for what they can mend, everything for what they cannot.</summary>
public static class StartRefusal
{
    public static string Explain(Exception error) =>
        Chain(error).Select(Known).FirstOrDefault(line => line is not null) ?? $"ChatLoop could not start: {error}";

    private static string? Known(Exception error) => error switch
    {
        StartRefusedException => error.Message,
        ChatLoopException => error.Message,
        OptionsValidationException invalid => $"The configuration is not valid: {string.Join(" ", invalid.Failures)} See appsettings.json for what each setting means.",
        InvalidOperationException when error.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) =>
            $"The configuration is not valid: {error.Message} See appsettings.json for what each setting means.",
        InvalidDataException or FormatException when error.Message.Contains("appsettings", StringComparison.OrdinalIgnoreCase) =>
            $"A configuration file cannot be read: {error.Message} {error.InnerException?.Message}",
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            "A port is in use by another program. Choose free ones: --urls=http://127.0.0.1:5081 --Silo:Port=11112 --Silo:GatewayPort=30001",
        _ => null,
    };

    private static IEnumerable<Exception> Chain(Exception error)
    {
        yield return error;
        IEnumerable<Exception> causes = error is AggregateException many ? many.InnerExceptions : error.InnerException is { } one ? [one] : [];
        foreach (var cause in causes.SelectMany(Chain)) yield return cause;
    }
}
