using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class CrossValidationTests
{
    [Fact]
    public void Judgements_of_one_prompt_are_never_split()
    {
        Judgement[] judgements = [.. Enumerable.Range(0, 40).Select(i => Of(prompt: i % 9))];

        var folds = CrossValidation.FoldOf(judgements, 4, new Random(1))!;

        Assert.Equal(4, folds.Distinct().Count());
        foreach (var prompt in folds.Index().GroupBy(f => judgements[f.Index].Answers[0].Prompt[0]))
            Assert.Single(prompt.Select(f => f.Item).Distinct());
    }

    [Fact]
    public void Too_few_prompts_cannot_be_split() =>
        Assert.Null(CrossValidation.FoldOf([Of(1), Of(1), Of(2)], 4, new Random(1)));

    [Fact]
    public void A_thumb_goes_with_the_pairs_of_its_prompt()
    {
        Judgement[] judgements = [.. Enumerable.Range(0, 12).Select(i => Of(prompt: i)), .. Enumerable.Range(0, 24).Select(i => Thumb(prompt: i))];

        var folds = CrossValidation.FoldOf(judgements, 4, new Random(1))!;

        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(folds[i], folds[12 + i]));
        Assert.All(Enumerable.Range(0, 4), fold => Assert.Equal(3, folds.Take(12).Count(f => f == fold)));
    }

    [Fact]
    public void Thumbs_alone_cannot_be_split() =>
        Assert.Null(CrossValidation.FoldOf([.. Enumerable.Range(0, 24).Select(Thumb)], 4, new Random(1)));

    private static Judgement Of(int prompt) => Judgement.Pair("r", new([prompt], [5, 1]), new([prompt], [6, 1]), PairOutcome.First);

    private static Judgement Thumb(int prompt) => Judgement.Thumb("r", new([prompt], [5, 1]), up: true);
}
