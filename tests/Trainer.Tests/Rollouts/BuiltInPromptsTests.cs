using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Tests.Rollouts;

public sealed class BuiltInPromptsTests
{
    [Fact]
    public void No_prompt_of_the_gate_is_ever_used_in_rollouts()
    {
        var pool = PromptPool.Load().Select(p => Normalised(p[0].Text)).ToHashSet();

        Assert.True(pool.Count >= 200);
        Assert.DoesNotContain(HeldOutDialogues.Load(), d => pool.Contains(Normalised(d.Question)));
    }

    private static string Normalised(string text) => text.ToLowerInvariant().Trim(' ', '?', '!', '.', '=');
}
