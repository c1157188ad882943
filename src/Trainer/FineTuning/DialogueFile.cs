using System.Text.Json;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>
/// Reads dialogues from JSON lines in the "messages" format of TRL and OpenAI: one object a line,
/// <c>{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}</c>. Other fields are left alone.
/// </summary>
public static class DialogueFile
{
    /// <returns>Dialogues of user and assistant in turn, the user first and the assistant last.</returns>
    /// <exception cref="ChatLoopException">NotFound: there is no such file.</exception>
    /// <exception cref="InvalidDataException">Names file and line, what was expected and what was found.</exception>
    public static IReadOnlyList<IReadOnlyList<PromptMessage>> Read(string path)
    {
        if (!File.Exists(path)) throw ChatLoopException.NotFound($"There is no file '{path}'. Name a JSON-lines file with one dialogue a line.");
        List<IReadOnlyList<PromptMessage>> dialogues = [];
        foreach (var (index, line) in File.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                dialogues.Add(ParseLine(line));
            }
            catch (JsonException e)
            {
                // Its own message counts lines anew in every line.
                throw new InvalidDataException(
                    $"{path}, line {index + 1}: no JSON from byte {e.BytePositionInLine + 1} on; expected one object {{\"messages\": …}} a line.", e);
            }
            catch (FormatException e)
            {
                throw new InvalidDataException($"{path}, line {index + 1}: {e.Message}", e);
            }
        }
        return dialogues.Count > 0 ? dialogues : throw new InvalidDataException($"{path} holds no dialogue; expected one JSON object a line.");
    }

    private static List<PromptMessage> ParseLine(string line)
    {
        using var json = JsonDocument.Parse(line);
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("messages", out var list) || list.ValueKind != JsonValueKind.Array)
            throw new FormatException("expected an object with a list \"messages\".");
        List<PromptMessage> messages = [];
        foreach (var message in list.EnumerateArray())
        {
            var expected = messages.Count % 2 == 0 ? TurnRole.User : TurnRole.Assistant;
            messages.Add(new(expected, ParseMessage(message, messages.Count + 1, expected)));
        }
        return messages.Count > 0 && messages.Count % 2 == 0
            ? messages
            : throw new FormatException($"a dialogue needs a question and its answer, and ends with the answer; it has {messages.Count} messages.");
    }

    private static string ParseMessage(JsonElement message, int number, TurnRole expected)
    {
        var role = StringOf(message, "role") ?? throw new FormatException($"message {number} has no text field \"role\".");
        var name = expected == TurnRole.User ? "user" : "assistant";
        if (role != name) throw new FormatException($"message {number} is of role \"{role}\"; expected \"{name}\", for user and assistant take turns, the user first.");
        return StringOf(message, "content") is { Length: > 0 } content ? content : throw new FormatException($"message {number} has no text in \"content\".");
    }

    private static string? StringOf(JsonElement message, string field) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
