using System.Globalization;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Feedback.Postgres;
using Npgsql;
using NpgsqlTypes;
using Orleans.Storage;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Silo.Storage;

/// <summary>
/// Grain state in the cluster's database, one row per service, state name and grain. Every write checks the row version in the
/// statement itself, and is answered once it is durable; no grain's thread waits for the database. See ADR 0023.
/// </summary>
public sealed class PostgresGrainStorage(NpgsqlDataSource database, string serviceId, IGrainStorageSerializer serializer) : IGrainStorage
{
    private const string Row = "service_id = @service AND state_name = @state AND grain_id = @grain";
    private const string Select = $"SELECT etag, payload FROM grain_state WHERE {Row}";

    private const string Insert =
        """
        INSERT INTO grain_state (service_id, state_name, grain_id, etag, payload)
        VALUES (@service, @state, @grain, nextval('grain_state_etag'), @payload) ON CONFLICT DO NOTHING RETURNING etag
        """;

    private const string Update =
        $"UPDATE grain_state SET etag = nextval('grain_state_etag'), payload = @payload, written_at = now() WHERE {Row} AND etag = @etag RETURNING etag";

    private const string Delete = $"DELETE FROM grain_state WHERE {Row} AND etag = @etag RETURNING etag";

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Ask(() => Read(stateName, grainId, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Ask(() => Write(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Ask(() => Clear(stateName, grainId, grainState));

    /// <summary>The driver's exceptions cannot travel between silos, and callers cannot know them.</summary>
    /// <exception cref="ChatLoopException">Busy: the database does not answer.</exception>
    private static async Task Ask(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (PassingFailure.Is(error))
        {
            throw new ChatLoopException(ErrorCode.Busy, $"The database of the service's state does not answer ({error.Message}). Try again in a moment.");
        }
    }

    private async Task Read<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await using var command = Command(Select, stateName, grainId);
        await using var reader = await command.ExecuteReaderAsync();
        grainState.RecordExists = await reader.ReadAsync();
        grainState.ETag = grainState.RecordExists ? Text(reader.GetInt64(0)) : null;
        grainState.State = grainState.RecordExists
            ? serializer.Deserialize<T>(new BinaryData(await reader.GetFieldValueAsync<byte[]>(1)))
            : Activator.CreateInstance<T>();
    }

    private async Task Write<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await using var command = Command(grainState.ETag is null ? Insert : Update, stateName, grainId);
        command.Parameters.AddWithValue("payload", NpgsqlDbType.Bytea, serializer.Serialize(grainState.State).ToMemory());
        grainState.ETag = await Execute(command, stateName, grainId, grainState.ETag);
        grainState.RecordExists = true;
    }

    private async Task Clear<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is not null)
        {
            await using var command = Command(Delete, stateName, grainId);
            await Execute(command, stateName, grainId, grainState.ETag);
        }
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    private NpgsqlCommand Command(string sql, string stateName, GrainId grainId)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue("service", serviceId);
        command.Parameters.AddWithValue("state", stateName);
        command.Parameters.AddWithValue("grain", grainId.ToString());
        return command;
    }

    /// <summary>No row: another version than the expected one is stored.</summary>
    private async Task<string> Execute(NpgsqlCommand command, string stateName, GrainId grainId, string? etag)
    {
        if (etag is not null) command.Parameters.AddWithValue("etag", long.Parse(etag, CultureInfo.InvariantCulture));
        if (await command.ExecuteScalarAsync() is long written) return Text(written);
        await using var read = Command(Select, stateName, grainId);
        var stored = await read.ExecuteScalarAsync() is long found ? Text(found) : "none";
        throw new InconsistentStateException($"The state {stateName} of {grainId} was changed by another writer.", stored, etag ?? "none");
    }

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);
}
