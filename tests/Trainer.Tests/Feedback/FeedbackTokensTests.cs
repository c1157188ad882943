using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;

namespace ChatLoop.Trainer.Tests.Feedback;

public sealed class FeedbackTokensTests
{
    private static readonly FeedbackTokens Tokens = new(LetterPolicy.Template, LetterPolicy.Config.MaxPositions);
    private static readonly IReadOnlyList<PromptMessage> Prompt = [new(TurnRole.User, "hi")];

    [Theory]
    [InlineData(1, false, PairOutcome.First)]
    [InlineData(0, false, PairOutcome.Second)]
    [InlineData(0.5, false, PairOutcome.Tie)]
    [InlineData(0.5, true, PairOutcome.BothBad)]
    public void A_pair_keeps_its_outcome(double firstPreferred, bool bothBad, PairOutcome outcome)
    {
        var pair = Only(new() { Pairs = [new("f", "r", Prompt, Whole("a"), Whole("b"), firstPreferred, bothBad)] });

        Assert.Equal(outcome, pair.Outcome);
        Assert.Equal("r", pair.RaterId);
    }

    [Fact]
    public void A_ranking_goes_on_without_the_answers_that_were_cut()
    {
        var ranking = Only(new() { Rankings = [new("f", "r", Prompt, [Whole("a"), Cut("b"), Whole("c"), Whole("d")], [2, 1, 1, 2])] });

        Assert.Equal([2, 1, 2], ranking.Ranks);
        Assert.Equal(3, ranking.Answers.Count);
    }

    [Fact]
    public void A_ranking_of_one_whole_answer_says_nothing() =>
        Assert.Empty(Tokens.Of(new JudgementSet { Rankings = [new("f", "r", Prompt, [Whole("a"), Cut("b")], [1, 2])] }));

    [Fact]
    public void A_corrected_text_is_preferred_to_what_was_shown()
    {
        var correction = Only(new() { Corrections = [new("f", "r", Prompt, Whole("ab"), "cd")] });

        Assert.Equal(LetterPolicy.Template.Answer("cd"), correction.Answers[correction.Contrast!.Value.Better].Answer);
        Assert.Equal(LetterPolicy.Template.Answer("ab"), correction.Answers[correction.Contrast!.Value.Worse].Answer);
    }

    /// <summary>Their log-probabilities are over what the constraint allowed; what was said of them teaches all the same.</summary>
    [Fact]
    public void Answers_under_a_constraint_are_no_samples_to_weigh()
    {
        RatedAnswer Sampled(string turnId, string text) => Whole(text) with { TurnId = turnId, LogProbabilities = [.. Whole(text).Tokens.Select(_ => -1f)] };
        var constrained = Sampled("t2", "cd") with { Sampling = new() { Regex = "[a-d]+" } };
        var schema = Sampled("t3", "ef") with { Sampling = new() { JsonSchema = "{}" } };
        var set = new JudgementSet
        {
            Pairs = [new("f", "r", Prompt, Sampled("t1", "ab"), constrained, 1, false), new("g", "r", Prompt, constrained, schema, 1, false)],
        };

        Assert.Equal(LetterPolicy.Template.Answer("ab"), Assert.Single(Tokens.Served(set)).Tokens.Answer);
        Assert.Equal(2, Tokens.Of(set).Count);
    }

    [Fact]
    public void A_correction_that_changed_nothing_says_nothing() =>
        Assert.Empty(Tokens.Of(new JudgementSet { Corrections = [new("f", "r", Prompt, Whole("ab"), "ab")] }));

    [Fact]
    public void A_demonstration_is_preferred_to_its_suggestion_or_to_an_answer_of_the_policy()
    {
        var (begun, free) = (new DemonstrationExample("f", "r", Prompt, "ab", Whole("cd")), new DemonstrationExample("g", "r", Prompt, "ef", null));
        var set = new JudgementSet { Demonstrations = [begun, free] };

        Assert.Equal(LetterPolicy.Template.Answer("cd"), Only(set).Answers[1].Answer);
        var both = Tokens.Of(set, alternative: d => Tokens.Answer(d.Prompt, "bb"));
        Assert.Equal(LetterPolicy.Template.Answer("bb"), both[1].Answers[1].Answer);
        Assert.All(both, d => Assert.Equal((0, 1), d.Contrast));
    }

    [Fact]
    public void Thumbs_and_ratings_keep_their_level_and_comments_are_left_out()
    {
        var judgements = Tokens.Of(new JudgementSet
        {
            Thumbs = [new("f", "r", Prompt, Whole("a"), Up: false)],
            Ratings = [new("g", "r", Prompt, Whole("b"), Stars: 4)],
            Comments = [new("h", "r", Prompt, Whole("c"), "dull")],
        });

        Assert.Equal([(JudgementKind.Thumb, 0), (JudgementKind.Rating, 4)], judgements.Select(j => (j.Kind, j.Level)));
    }

    [Fact]
    public void A_comparison_with_a_chosen_answer_is_marked()
    {
        var (plain, chosen) = (Whole("ab") with { Candidates = 1 }, Whole("cd") with { Candidates = 4 });

        Assert.False(Only(new() { Pairs = [new("f", "r", Prompt, plain, plain, 1)] }).IsChosen);
        Assert.True(Only(new() { Pairs = [new("f", "r", Prompt, plain, chosen, 1)] }).IsChosen);
        Assert.True(Only(new() { Rankings = [new("f", "r", Prompt, [plain, chosen], [1, 2])] }).IsChosen);
    }

    /// <summary>By the feedback that they came with, or by who said it of which answer.</summary>
    [Fact]
    public void Comments_find_their_verdicts()
    {
        var (rated, thumbed, other) = (Whole("a") with { TurnId = "t1" }, Whole("b") with { TurnId = "t2" }, Whole("c") with { TurnId = "t3" });
        var comments = Tokens.Comments(new()
        {
            Ratings = [new("f", "r", Prompt, rated, Stars: 4)],
            Thumbs = [new("g", "r", Prompt, thumbed, Up: false)],
            Corrections = [new("k", "r", Prompt, other, "cd")],
            Comments =
            [
                new("f", "r", Prompt, rated, "nice"), new("h", "r", Prompt, thumbed, "dull"), new("i", "someone else", Prompt, thumbed, "fine"),
                new("k", "r", Prompt, other, "said by the correction"), new("l", "r", Prompt, Cut("d"), "cut"),
            ],
        });

        Assert.Equal([(JudgementKind.Rating, 4), (JudgementKind.Thumb, 0), default((JudgementKind, int)?)],
            comments.Select(c => c.Verdict is { } v ? (v.Kind, v.Level) : default((JudgementKind, int)?)));
        Assert.Equal(LetterPolicy.Template.Prompt([new(Contracts.Conversations.TurnRole.User, "nice")]), [.. comments[0].Words.Prompt, .. comments[0].Words.Answer]);
        Assert.Equal(LetterPolicy.Template.Answer("a"), comments[0].Answer.Answer);
    }

    private static Judgement Only(JudgementSet set) => Assert.Single(Tokens.Of(set));

    private static RatedAnswer Whole(string text) => new() { TurnId = "t", Text = text, Tokens = LetterPolicy.Template.Answer(text) };

    private static RatedAnswer Cut(string text) => Whole(text) with { Tokens = [.. LetterPolicy.Template.Answer(text).SkipLast(1)] };
}
