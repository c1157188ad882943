using System.Globalization;
using ChatLoop.Grains.Storage;
using Microsoft.Data.Sqlite;
using Orleans.Storage;

namespace ChatLoop.Silo.Storage;

/// <summary>
/// Grain state in one SQLite file, one row per grain and state name. Writes of all grains share transactions (see
/// <see cref="GroupCommitWriter{TRequest}"/>) and are answered once they are flushed to disk. See ADR 0003.
/// </summary>
public sealed class SqliteGrainStorage : IGrainStorage, IDisposable
{
    private const int LargestBatch = 256;

    private const string Schema =
        """
        CREATE TABLE IF NOT EXISTS grain_state (
            state_name TEXT NOT NULL,
            grain_id   TEXT NOT NULL,
            etag       INTEGER NOT NULL,
            payload    BLOB NOT NULL,
            written_at TEXT NOT NULL,
            PRIMARY KEY (state_name, grain_id)
        );
        """;

    private readonly IGrainStorageSerializer _serializer;
    private readonly string _connectionString;
    private readonly SqliteConnection _writing;
    private readonly GroupCommitWriter<GrainStateChange> _writer;

    public SqliteGrainStorage(string file, IGrainStorageSerializer serializer)
    {
        _serializer = serializer;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = file }.ToString();
        _writing = new SqliteConnection(_connectionString);
        _writing.Open();
        Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;");
        Execute(Schema);
        _writer = new("grain state writer", LargestBatch, Commit);
    }

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // SQLite has no asynchronous reads: they run on the pool, never on a grain's thread.
        var stored = await Task.Run(() => Read(stateName, grainId));
        grainState.RecordExists = stored is not null;
        grainState.ETag = stored?.ETag;
        grainState.State = stored is null ? Activator.CreateInstance<T>() : _serializer.Deserialize<T>(new BinaryData(stored.Payload));
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = _serializer.Serialize(grainState.State);
        grainState.ETag = await Store(new(stateName, grainId.ToString(), grainState.ETag, payload.ToArray()));
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Store(new(stateName, grainId.ToString(), grainState.ETag, Payload: null));
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _writing.Dispose();
    }

    private Task<string?> Store(GrainStateChange change)
    {
        _writer.Enqueue(change);
        return change.Completion;
    }

    private void Commit(IReadOnlyList<GrainStateChange> batch)
    {
        using var transaction = _writing.BeginTransaction();
        foreach (var change in batch)
        {
            using var command = _writing.CreateCommand();
            command.Transaction = transaction;
            change.Prepare(command);
            var etag = command.ExecuteScalar();
            if (etag is null && !change.IsNoOp) change.Refuse(Inconsistent(change));
            else change.Answer(() => change.Payload is null ? null : Convert.ToString(etag, CultureInfo.InvariantCulture));
        }
        transaction.Commit();
    }

    private InconsistentStateException Inconsistent(GrainStateChange change) => new(
        $"The state {change.StateName} of {change.GrainId} was changed by another writer.",
        Read(change.StateName, change.GrainId)?.ETag ?? "none", change.ETag ?? "none");

    private StoredState? Read(string stateName, GrainId grainId) => Read(stateName, grainId.ToString());

    private StoredState? Read(string stateName, string grainId)
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT etag, payload FROM grain_state WHERE state_name = $state AND grain_id = $grain";
        command.Parameters.AddWithValue("$state", stateName);
        command.Parameters.AddWithValue("$grain", grainId);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new(reader.GetInt64(0).ToString(CultureInfo.InvariantCulture), reader.GetFieldValue<byte[]>(1)) : null;
    }

    private void Execute(string sql)
    {
        using var command = _writing.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed record StoredState(string ETag, byte[] Payload);
}
