namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Splits judgements into folds by prompt: answers to one prompt are all in one fold, so that no prompt is both learned from and
/// tested on.
/// </summary>
public static class CrossValidation
{
    /// <returns>The fold of each judgement, 0 to <paramref name="folds"/> - 1, or null when too few prompts have a comparison.</returns>
    public static int[]? FoldOf(IReadOnlyList<Judgement> judgements, int folds, Random random)
    {
        string[] keys = [.. judgements.Select(j => string.Join(',', j.Answers[0].Prompt))];
        string[] compared = [.. keys.Where((_, i) => judgements[i].IsComparison).Distinct()];
        if (compared.Length < folds) return null;
        random.Shuffle(compared);
        var foldOfPrompt = compared.Concat(keys.Except(compared)).Index().ToDictionary(p => p.Item, p => p.Index % folds);
        return [.. keys.Select(k => foldOfPrompt[k])];
    }

    /// <param name="prompts">The prompt of each judgement.</param>
    /// <returns>The fold of each judgement, 0 to <paramref name="folds"/> - 1, or null when there are too few prompts.</returns>
    public static int[]? FoldOf(IReadOnlyList<string> prompts, int folds, Random random)
    {
        string[] distinct = [.. prompts.Distinct()];
        if (distinct.Length < folds) return null;
        random.Shuffle(distinct);
        var foldOfPrompt = distinct.Index().ToDictionary(p => p.Item, p => p.Index % folds);
        return [.. prompts.Select(p => foldOfPrompt[p])];
    }
}
