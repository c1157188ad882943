using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Trainer.Gates;

/// <summary>A question that no training saw, and a good answer to it.</summary>
public sealed record HeldOutDialogue(string Question, string Answer);

/// <summary>Built-in questions and answers of the starter's domains (held-out.tsv), used by the gate and by nothing else.</summary>
public static class HeldOutDialogues
{
    public static IReadOnlyList<HeldOutDialogue> Load() => [.. BuiltInRows.Of("held-out.tsv").Select(row => new HeldOutDialogue(row[0], row[1]))];

    public static IReadOnlyList<PromptMessage> Prompt(this HeldOutDialogue dialogue) => [new(TurnRole.User, dialogue.Question)];
}
