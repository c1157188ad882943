using System.Reflection;
using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Trainer.Gates;

/// <summary>A question that no training saw, and a good answer to it.</summary>
public sealed record HeldOutDialogue(string Question, string Answer);

/// <summary>Built-in questions and answers of the starter's domains (held-out.tsv), used by the gate and by nothing else.</summary>
public static class HeldOutDialogues
{
    public static IReadOnlyList<HeldOutDialogue> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Gates.held-out.tsv")!;
        using var reader = new StreamReader(stream);
        var dialogues = new List<HeldOutDialogue>();
        while (reader.ReadLine() is { } line)
        {
            var columns = line.Split('\t');
            dialogues.Add(new(columns[0], columns[1]));
        }
        return dialogues;
    }

    public static IReadOnlyList<PromptMessage> Prompt(this HeldOutDialogue dialogue) => [new(TurnRole.User, dialogue.Question)];
}
