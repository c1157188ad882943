using ChatLoop.Trainer.Brigading;

namespace ChatLoop.Trainer.Tests.Brigading;

public sealed class CampaignSearchTests
{
    private const double Alpha = 0.001;

    private readonly CampaignSearch _search = new(honestShare: 0.75);

    [Fact]
    public void Five_of_a_hundred_who_push_a_phrase_are_found_with_nobody_else()
    {
        var verdicts = new SimulatedRaters(seed: 1).Judge(honest: 95, pairsOfHonest: 20, pushing: 5, pairsOfPushing: 150);
        var campaigns = _search.Find(verdicts, Alpha);

        var main = campaigns[0];
        Assert.Equal((SimulatedRaters.Phrase, true, 5), (main.Phrase, main.IsFor, main.People));
        Assert.Equal(main.Deciding, main.Following);
        // About 38 verdicts each, 0.75^32 = 1e-4 for the weakest: C(55, 5) 1e-20, times 55 people and some hundred phrases, is about 1e-9.
        Assert.True(main.Chance < 1e-6, $"{main.Chance}");
        Assert.All(campaigns.SelectMany(c => c.FeedbackIds), id => Assert.StartsWith("pushing-", id, StringComparison.Ordinal));
        Assert.Equal(campaigns.Sum(c => c.FeedbackIds.Count), campaigns.SelectMany(c => c.FeedbackIds).Distinct().Count());
    }

    [Fact]
    public void Burying_a_phrase_is_a_campaign_as_well()
    {
        var pushed = new SimulatedRaters(seed: 2).Judge(honest: 40, pairsOfHonest: 20, pushing: 4, pairsOfPushing: 150);
        var buried = pushed.ConvertAll(v => v.PersonId.StartsWith("pushing", StringComparison.Ordinal) ? v with { Chosen = v.Rejected, Rejected = v.Chosen } : v);
        var main = _search.Find(buried, Alpha)[0];
        Assert.Equal((SimulatedRaters.Phrase, false, 4), (main.Phrase, main.IsFor, main.People));
    }

    /// <summary>A taste of one's own is no conspiracy.</summary>
    [Fact]
    public void One_person_alone_is_no_campaign() =>
        Assert.Empty(_search.Find(new SimulatedRaters(seed: 3).Judge(honest: 40, pairsOfHonest: 20, pushing: 1, pairsOfPushing: 400), Alpha));

    /// <summary>What nearly everybody prefers is what to learn.</summary>
    [Fact]
    public void What_nearly_all_prefer_is_no_campaign() =>
        Assert.DoesNotContain(_search.Find(new SimulatedRaters(seed: 4).Judge(honest: 4, pairsOfHonest: 40, pushing: 36, pairsOfPushing: 40), Alpha),
            c => c.Phrase.Contains("splendid", StringComparison.Ordinal));

    [Fact]
    public void Same_verdicts_same_campaigns()
    {
        var verdicts = new SimulatedRaters(seed: 5).Judge(honest: 30, pairsOfHonest: 20, pushing: 3, pairsOfPushing: 120);
        var (first, second) = (_search.Find(verdicts, Alpha), _search.Find([.. verdicts], Alpha));
        Assert.NotEmpty(first);
        Assert.Equal(first.Select(c => (c.Phrase, c.Chance, string.Join(' ', c.FeedbackIds))), second.Select(c => (c.Phrase, c.Chance, string.Join(' ', c.FeedbackIds))));
        Assert.Empty(_search.Find([], Alpha));
    }

    /// <summary>At a level of 0.01, of 300 honest populations three would have a campaign by chance at most; ten have with probability 0.001.</summary>
    [Fact]
    public void Honest_people_are_left_alone()
    {
        var found = Enumerable.Range(0, 300)
            .Count(i => _search.Find(new SimulatedRaters(seed: 100 + i).Judge(honest: 25, pairsOfHonest: 30, pushing: 0, pairsOfPushing: 0), alpha: 0.01).Count > 0);
        Assert.InRange(found, 0, 9);
    }

    [Fact]
    public void Phrases_are_runs_of_up_to_four_words_without_case_and_punctuation()
    {
        Assert.Equal(["a", "a b", "a b b's", "b", "b b's", "b's"], Phrases.Of("A, b… B's!").Order(StringComparer.Ordinal));
        Assert.Contains("one two three four", Phrases.Of("One two three four five"));
        Assert.DoesNotContain("one two three four five", Phrases.Of("One two three four five"));
        Assert.Empty(Phrases.Of("…!?"));
    }
}
