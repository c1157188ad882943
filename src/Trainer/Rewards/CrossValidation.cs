namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Splits judgements into folds by prompt: answers to one prompt are all in one fold, so that no prompt is both learned from and
/// tested on.
/// </summary>
public static class CrossValidation
{
    /// <returns>The fold of each judgement, 0 to <paramref name="folds"/> - 1, or null when there are too few prompts.</returns>
    public static int[]? FoldOf(IReadOnlyList<Judgement> judgements, int folds, Random random)
    {
        string[] keys = [.. judgements.Select(j => string.Join(',', j.First.Prompt))];
        string[] prompts = [.. keys.Distinct()];
        if (prompts.Length < folds) return null;
        random.Shuffle(prompts);
        var foldOfPrompt = prompts.Index().ToDictionary(p => p.Item, p => p.Index % folds);
        return [.. keys.Select(k => foldOfPrompt[k])];
    }
}
