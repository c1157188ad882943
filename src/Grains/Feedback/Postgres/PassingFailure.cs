using Npgsql;

namespace ChatLoop.Grains.Feedback.Postgres;

/// <summary>Failures of PostgreSQL that another try may not meet.</summary>
public static class PassingFailure
{
    private const string IdleInTransactionSessionTimeout = "25P03";

    private static readonly HashSet<string> States = new(StringComparer.Ordinal)
    {
        PostgresErrorCodes.AdminShutdown, PostgresErrorCodes.CrashShutdown, PostgresErrorCodes.QueryCanceled,
        IdleInTransactionSessionTimeout,
        // Another writer recorded the same event first: the next try finds it.
        PostgresErrorCodes.UniqueViolation,
    };

    public static bool Is(Exception error) => error switch
    {
        PostgresException { SqlState: var state } known when States.Contains(state) || known.IsTransient => true,
        NpgsqlException { IsTransient: true } => true,
        // A connection that broke says so in several ways.
        NpgsqlException { InnerException: IOException or System.Net.Sockets.SocketException or TimeoutException } => true,
        // EF Core wraps what its provider throws.
        { InnerException: { } inner } => Is(inner),
        _ => false,
    };
}
