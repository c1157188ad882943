using System.Reflection;
using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Trainer.Rollouts;

/// <summary>
/// Built-in prompts of the starter's domains (prompts.txt). Rollouts use them beside the prompts that were rated, so that what is
/// learned holds beyond those; none is one of the gate's.
/// </summary>
public static class PromptPool
{
    public static IReadOnlyList<IReadOnlyList<PromptMessage>> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Rollouts.prompts.txt")!;
        using var reader = new StreamReader(stream);
        var prompts = new List<IReadOnlyList<PromptMessage>>();
        while (reader.ReadLine() is { } line) prompts.Add([new(TurnRole.User, line)]);
        return prompts;
    }
}
