namespace ChatLoop.Trainer.Rollouts;

/// <summary>Hands out prompts in shuffled rounds, so that each is used before any is used again.</summary>
public sealed class PromptDraw(IReadOnlyList<IReadOnlyList<int>> prompts, Random random)
{
    private readonly IReadOnlyList<int>[] _round = [.. prompts];
    private int _next = prompts.Count;

    public IReadOnlyList<IReadOnlyList<int>> Next(int count) => [.. Enumerable.Range(0, count).Select(_ => Next())];

    private IReadOnlyList<int> Next()
    {
        if (_next == _round.Length)
        {
            random.Shuffle(_round);
            _next = 0;
        }
        return _round[_next++];
    }
}
