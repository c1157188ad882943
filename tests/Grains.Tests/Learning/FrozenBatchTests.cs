using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;

namespace ChatLoop.Grains.Tests.Learning;

/// <summary>The split of a batch: by prompt, the same in every run, both sides never empty.</summary>
public sealed class FrozenBatchTests
{
    [Fact]
    public void No_prompt_is_on_both_sides_and_about_a_fifth_is_held_out()
    {
        var judgements = Enumerable.Range(0, 2000).Select(i => Pair(i, $"prompt {i % 1000}")).ToArray();
        var batch = FrozenBatch.Of("run", judgements, heldOutShare: 0.2);

        var training = batch.Training.Pairs.Select(p => p.Prompt[0].Text).ToHashSet();
        Assert.Empty(batch.HeldOut.Pairs.Select(p => p.Prompt[0].Text).Intersect(training));
        // Binomial(1000, 0.2): four standard deviations are 51 prompts.
        Assert.InRange(batch.HeldOut.Pairs.Count / 2, 149, 251);
        Assert.Equal(2000, batch.FeedbackIds.Distinct().Count());
    }

    [Fact]
    public void Prompt_stays_on_its_side_when_more_feedback_comes()
    {
        var judgements = Enumerable.Range(0, 400).Select(i => Pair(i, $"prompt {i}")).ToArray();
        var early = FrozenBatch.Of("run-1", judgements[..200], 0.2).HeldOut.Pairs.Select(p => p.FeedbackId);
        var late = FrozenBatch.Of("run-2", judgements, 0.2).HeldOut.Pairs.Select(p => p.FeedbackId).ToHashSet();
        Assert.Subset(late, early.ToHashSet());
    }

    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.9999)]
    public void Both_sides_have_pairs_even_where_the_hash_puts_all_on_one(double share)
    {
        var batch = FrozenBatch.Of("run", [.. Enumerable.Range(0, 4).Select(i => Pair(i, $"prompt {i}"))], share);
        Assert.NotEmpty(batch.Training.Pairs);
        Assert.NotEmpty(batch.HeldOut.Pairs);
    }

    [Fact]
    public void Thumb_on_a_held_out_prompt_is_held_out_too()
    {
        UsableJudgement[] pairs = [.. Enumerable.Range(0, 50).Select(i => Pair(i, $"prompt {i}"))];
        UsableJudgement[] thumbs = [.. Enumerable.Range(0, 50).Select(i => Thumb(100 + i, $"prompt {i}"))];
        var batch = FrozenBatch.Of("run", [.. pairs, .. thumbs], 0.2);
        Assert.Equal(batch.Training.Pairs.Select(p => p.Prompt[0].Text), batch.Training.Thumbs.Select(t => t.Prompt[0].Text));
        Assert.Equal(batch.HeldOut.Pairs.Select(p => p.Prompt[0].Text), batch.HeldOut.Thumbs.Select(t => t.Prompt[0].Text));
    }

    [Theory]
    [InlineData(PairVerdict.Left, 1)]
    [InlineData(PairVerdict.Right, 0)]
    [InlineData(PairVerdict.Tie, 0.5)]
    [InlineData(PairVerdict.BothBad, 0.5)]
    public void Verdict_becomes_the_probability_that_the_left_is_better(PairVerdict verdict, double expected)
    {
        var pair = Assert.Single(FrozenBatch.Of("run", [Pair(1, "prompt", verdict)], 0.2).Training.Pairs);
        Assert.Equal((expected, "left", "right"), (pair.FirstPreferred, pair.First.Text, pair.Second.Text));
    }

    private static UsableJudgement Pair(int i, string prompt, PairVerdict verdict = PairVerdict.Left) => new($"f{i}", i, "ada",
        new() { FeedbackId = $"f{i}", Kind = FeedbackKind.Pair, ConversationId = "c", ComparisonId = $"c{i}", Verdict = verdict },
        new([new(TurnRole.User, prompt)], [Answer("left"), Answer("right")]));

    private static UsableJudgement Thumb(int i, string prompt) => new($"f{i}", i, "ada",
        new() { FeedbackId = $"f{i}", Kind = FeedbackKind.Thumb, ConversationId = "c", TurnId = $"t{i}", Thumb = Contracts.Feedback.Thumb.Up },
        new([new(TurnRole.User, prompt)], [Answer("left")]));

    private static RatedAnswer Answer(string text) => new() { TurnId = text, Text = text };
}
