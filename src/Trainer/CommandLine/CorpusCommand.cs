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
        var count = Options.Number("--count", 1000, 1, 100_000_000, "Dialogues to write.");
        var seed = Options.Number("--seed", 1, 0, int.MaxValue, "Same seed, same dialogues.");
        var heldOut = new Option<bool>("--held-out") { Description = "Write the dialogues that training never sees." };
        var longer = new Option<bool>("--long") { Description = "Dialogues of one to ten turns; without it most have one to three, as in training." };
        var file = new Option<string?>("--output") { Description = "JSON-lines file to write; standard output without it." };
        var command = new Command("corpus", "Writes dialogues of the training corpus as JSON lines.") { count, seed, heldOut, longer, file };
        command.SetAction(async (arguments, output, cancellationToken) =>
        {
            var generator = new DialogueGenerator(CorpusContent.Load(), arguments.GetValue(seed),
                arguments.GetValue(longer) ? DialogueShape.Long : DialogueShape.Mixed);
            await using var writer = arguments.GetValue(file) is { } path ? new StreamWriter(path) : null;
            foreach (var dialogue in generator.Distinct(arguments.GetValue(heldOut), arguments.GetValue(count)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await (writer ?? output).WriteLineAsync(Line(dialogue));
            }
        });
        return command;
    }

    private static string Line(CorpusDialogue dialogue) => JsonSerializer.Serialize(new
    {
        messages = dialogue.Messages.Select(m => new { role = m.Role == TurnRole.User ? "user" : "assistant", content = m.Text }),
        intents = dialogue.Turns.Select(t => t.Intent.Name),
    }, Json);
}
