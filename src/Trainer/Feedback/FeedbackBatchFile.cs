using System.Text.Json;
using System.Text.Json.Serialization;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Trainer.Feedback;

/// <summary>A frozen batch as a JSON file. It appears whole or not at all.</summary>
public static class FeedbackBatchFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Writes beside the place, flushes to disk and renames. An existing file is replaced.</summary>
    public static void Write(string path, FeedbackBatch batch)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                JsonSerializer.Serialize(file, batch, Json);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <exception cref="ChatLoopException">NotFound, or Invalid when the file is not a feedback batch; the message names it.</exception>
    public static FeedbackBatch Read(string path)
    {
        if (!File.Exists(path)) throw ChatLoopException.NotFound($"The feedback batch '{path}' does not exist.");
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize<FeedbackBatch>(file, Json) ?? throw new JsonException("the file holds null");
        }
        catch (JsonException exception)
        {
            throw ChatLoopException.Invalid($"'{path}' is not a feedback batch: {exception.Message}");
        }
    }
}
