using System.Security.Cryptography;
using System.Text;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Feedback.Postgres;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace ChatLoop.Silo.Clustering;

/// <summary>Whether the process reads or writes the feedback ledger; a client does not.</summary>
internal enum LedgerTables { NotNeeded, Needed }

/// <summary>
/// Makes the tables of the cluster's database before the silo or client starts. Several may start at once: one makes them, the others
/// wait. An account that may not make tables can start once they are there. See ADR 0023.
/// </summary>
internal sealed class ClusterSchema(NpgsqlDataSource database, LedgerTables ledger) : IHostedLifecycleService
{
    /// <summary>Of the advisory lock; any number that nothing else in the database uses.</summary>
    private const long Lock = 0x43_6861_744C_6F6F;
    private const string VersionKey = "ChatLoopSchema";

    /// <exception cref="ChatLoopException">Invalid, naming the setting: the database cannot be reached, or the account may not make tables.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Create(cancellationToken);
        }
        catch (PostgresException e)
        {
            throw Unusable($"refuses: {e.MessageText}");
        }
        catch (NpgsqlException e)
        {
            throw Unusable($"cannot be reached: {e.Message}");
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Create(CancellationToken cancellationToken)
    {
        var script = Script();
        var version = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Run(connection, $"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
        if (!await HasVersion(connection, version, cancellationToken)) await Make(connection, script, version, cancellationToken);
        // On connections of its own; the lock holds for it, too.
        if (ledger == LedgerTables.Needed) await PostgresLedger.Migrate(database, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task Make(NpgsqlConnection connection, string script, string version, CancellationToken cancellationToken)
    {
        await Run(connection, script, cancellationToken);
        await using var note = new NpgsqlCommand(
            "INSERT INTO OrleansQuery VALUES (@key, @version) ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText", connection);
        note.Parameters.AddWithValue("key", VersionKey);
        note.Parameters.AddWithValue("version", version);
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<bool> HasVersion(NpgsqlConnection connection, string version, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand("SELECT to_regclass('OrleansQuery') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true) return false;
        await using var read = new NpgsqlCommand("SELECT QueryText FROM OrleansQuery WHERE QueryKey = @key", connection);
        read.Parameters.AddWithValue("key", VersionKey);
        return await read.ExecuteScalarAsync(cancellationToken) as string == version;
    }

    /// <summary>Others may be making the tables for long: there is no limit to the wait but the start's own.</summary>
    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        // The scripts hold @names that belong to Orleans, not to us: without parameters Npgsql leaves them alone.
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Script()
    {
        var assembly = typeof(ClusterSchema).Assembly;
        var script = new StringBuilder();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            script.AppendLine(reader.ReadToEnd());
        }
        return script.ToString();
    }

    private ChatLoopException Unusable(string why)
    {
        var connection = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        return ChatLoopException.Invalid(
            $"The database '{connection.Database}' at {connection.Host}:{connection.Port} {why}. Start PostgreSQL, or correct {Hosting.ChatLoopClusterOptions.Section}:{nameof(Hosting.ChatLoopClusterOptions.ConnectionString)}.");
    }
}
