using ChatLoop.Model.Generation;

namespace ChatLoop.Model.Tests.Generation;

public sealed class PromptLookupTests
{
    [Fact]
    public void What_followed_the_last_tokens_where_they_stood_before_is_guessed()
    {
        var lookup = new PromptLookup([1, 2, 3, 4, 5, 6, 1, 2, 3], limit: 100);
        Assert.Equal([4, 5, 6, 1], lookup.Guess(4).ToArray());
        lookup.Append(4);
        Assert.Equal([5, 6], lookup.Guess(2).ToArray());
        lookup.Append(9);
        Assert.Empty(lookup.Guess(4).ToArray());
    }

    [Fact]
    public void Three_tokens_tell_more_than_two_and_the_latest_place_more_than_an_earlier_one()
    {
        Assert.Equal([7], new PromptLookup([1, 2, 3, 7, 5, 2, 3, 8, 1, 2, 3], limit: 100).Guess(1).ToArray());
        Assert.Equal([8], new PromptLookup([4, 2, 3, 7, 5, 2, 3, 8, 1, 2, 3], limit: 100).Guess(1).ToArray());
    }

    [Fact]
    public void A_sequence_that_repeats_one_token_is_guessed_as_far_as_it_is_known() =>
        Assert.Equal([5], new PromptLookup([5, 5, 5, 5], limit: 100).Guess(8).ToArray());

    [Fact]
    public void Nothing_is_guessed_beyond_the_limit_or_of_too_little()
    {
        Assert.Equal([4, 5], new PromptLookup([1, 2, 3, 4, 5, 6, 1, 2, 3], limit: 12).Guess(8).ToArray());
        Assert.Empty(new PromptLookup([1, 2, 3, 4, 1, 2, 3], limit: 8).Guess(8).ToArray());
        Assert.Empty(new PromptLookup([1], limit: 100).Guess(8).ToArray());
    }

    /// <summary>
    /// With every second guess right, one token more is worth half a token: it pays alone below half a step's time, and beside seven others
    /// only below a sixteenth of it.
    /// </summary>
    [Fact]
    public void Guesses_are_run_where_they_pay()
    {
        var lookup = new PromptLookup([1, 2, 3], limit: 100);
        Assert.Equal(0, lookup.LengthThatPays(cost: 0.51, batch: 1));
        Assert.Equal(1, lookup.LengthThatPays(cost: 0.3, batch: 1));
        Assert.Equal(0, lookup.LengthThatPays(cost: 0.07, batch: 8));
        Assert.Equal(1, lookup.LengthThatPays(cost: 0.05, batch: 8));
        Assert.Equal(PromptLookup.MostTokens, lookup.LengthThatPays(cost: 0, batch: 1));
    }

    [Fact]
    public void Wrong_guesses_make_them_shorter_and_right_ones_longer()
    {
        int[] repeated = [.. Enumerable.Range(0, 60).Select(i => i % 5)];
        var right = new PromptLookup(repeated, limit: 200);
        for (var i = 60; i < 100; i++) right.Append(i % 5);
        Assert.Equal(PromptLookup.MostTokens, right.LengthThatPays(cost: 0.1, batch: 1));

        var wrong = new PromptLookup(repeated, limit: 200);
        for (var i = 0; i < 20; i++)
        {
            // Two that were followed by something else.
            wrong.Append(3);
            wrong.Append(4);
            wrong.Append(100 + i);
        }
        Assert.Equal(0, wrong.LengthThatPays(cost: 0.3, batch: 1));
    }
}
