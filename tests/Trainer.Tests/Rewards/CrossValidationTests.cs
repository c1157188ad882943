using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class CrossValidationTests
{
    [Fact]
    public void Judgements_of_one_prompt_are_never_split()
    {
        Judgement[] judgements = [.. Enumerable.Range(0, 40).Select(i => Of(prompt: i % 9))];

        var folds = CrossValidation.FoldOf(judgements, 4, new Random(1))!;

        Assert.Equal(4, folds.Distinct().Count());
        foreach (var prompt in folds.Index().GroupBy(f => judgements[f.Index].First.Prompt[0]))
            Assert.Single(prompt.Select(f => f.Item).Distinct());
    }

    [Fact]
    public void Too_few_prompts_cannot_be_split() =>
        Assert.Null(CrossValidation.FoldOf([Of(1), Of(1), Of(2)], 4, new Random(1)));

    private static Judgement Of(int prompt) => new("r", new([prompt], [5, 1]), new([prompt], [6, 1]), 1);
}
