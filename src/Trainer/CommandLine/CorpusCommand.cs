using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.Corpus;

namespace ChatLoop.Trainer.CommandLine;

/// <summary><c>chatloop corpus</c>: writes dialogues of the training corpus, one JSON object per line (the "messages" format of TRL and OpenAI).</summary>
internal static class CorpusCommand
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var count = Options.Number("--count", "dialogues", 1000, 1, 100_000_000, "Dialogues to write, each a different one.");
        var seed = Options.Number("--seed", "number", 1, 0, int.MaxValue, "Same seed, same dialogues.");
        var heldOut = Options.Switch("--held-out", "Write dialogues that training never sees, in place of those that it does.");
        var longer = Options.Switch("--long", "Dialogues of one to ten turns; without it most have one to three, as in training.");
        var file = new Option<string?>("--output") { HelpName = "file", Description = "JSON-lines file to make; must be missing. [default: standard output]" };
        var command = new ExampleCommand("corpus", "Writes dialogues of the training corpus as JSON lines.", "chatloop corpus --count 5000 --output dialogues.jsonl") { count, seed, heldOut, longer, file };
        command.SetAction(async (arguments, output, cancellationToken) =>
        {
            var generator = new DialogueGenerator(CorpusContent.Load(), arguments.GetValue(seed),
                arguments.GetValue(longer) ? DialogueShape.Long : DialogueShape.Mixed);
            var dialogues = generator.Distinct(arguments.GetValue(heldOut), arguments.GetValue(count));
            await (arguments.GetValue(file) is { } path ? WriteFile(path, dialogues, cancellationToken) : Write(dialogues, output, cancellationToken));
        });
        return command;
    }

    /// <summary>The file appears whole or not at all.</summary>
    private static async Task WriteFile(string path, IEnumerable<CorpusDialogue> dialogues, CancellationToken cancellationToken)
    {
        OutputPath.RequireNewFile(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var unfinished = path + ".writing";
        try
        {
            await using (var writer = new StreamWriter(unfinished)) await Write(dialogues, writer, cancellationToken);
            File.Move(unfinished, path);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static async Task Write(IEnumerable<CorpusDialogue> dialogues, TextWriter writer, CancellationToken cancellationToken)
    {
        foreach (var dialogue in dialogues)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await writer.WriteLineAsync(Line(dialogue));
        }
    }

    private static string Line(CorpusDialogue dialogue) => JsonSerializer.Serialize(new
    {
        messages = dialogue.Messages.Select(m => new { role = m.Role == TurnRole.User ? "user" : "assistant", content = m.Text }),
        intents = dialogue.Turns.Select(t => t.Intent.Name),
    }, Json);
}
