using System.Globalization;
using ChatLoop.Grains.Storage;
using Microsoft.Data.Sqlite;

namespace ChatLoop.Silo.Storage;

/// <summary>One write (or, without a payload, deletion) of a grain's state, valid only for the row version that it knows. Answers the new one.</summary>
internal sealed class GrainStateChange(string stateName, string grainId, string? etag, byte[]? Payload) : CommitRequest<string?>
{
    public string StateName => stateName;
    public string GrainId => grainId;
    public string? ETag => etag;
    public byte[]? Payload { get; } = Payload;

    /// <summary>Deleting what was never stored.</summary>
    public bool IsNoOp => Payload is null && etag is null;

    /// <summary>Each statement gives the row's version, or no row where another version than the expected one is stored.</summary>
    public void Prepare(SqliteCommand command)
    {
        command.CommandText = (Payload, etag) switch
        {
            (null, _) => "DELETE FROM grain_state WHERE state_name = $state AND grain_id = $grain AND etag = $etag RETURNING etag",
            (_, null) =>
                """
                INSERT INTO grain_state (state_name, grain_id, etag, payload, written_at) VALUES ($state, $grain, 1, $payload, $now)
                ON CONFLICT DO NOTHING RETURNING etag
                """,
            _ =>
                """
                UPDATE grain_state SET etag = etag + 1, payload = $payload, written_at = $now
                WHERE state_name = $state AND grain_id = $grain AND etag = $etag RETURNING etag
                """,
        };
        command.Parameters.AddWithValue("$state", stateName);
        command.Parameters.AddWithValue("$grain", grainId);
        if (etag is not null || Payload is null) command.Parameters.AddWithValue("$etag", etag is null ? DBNull.Value : long.Parse(etag, CultureInfo.InvariantCulture));
        if (Payload is null) return;
        command.Parameters.AddWithValue("$payload", Payload);
        command.Parameters.AddWithValue("$now", DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture));
    }
}
