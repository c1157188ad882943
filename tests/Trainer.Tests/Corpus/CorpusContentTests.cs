using ChatLoop.Trainer.Corpus;

namespace ChatLoop.Trainer.Tests.Corpus;

public sealed class CorpusContentTests
{
    private readonly CorpusContent _content = CorpusContent.Load();

    [Theory]
    [InlineData("France", "Paris", "Europe", "euro", "French")]
    [InlineData("Japan", "Tokyo", "Asia", "yen", "Japanese")]
    [InlineData("Brazil", "Brasilia", "South America", "real", "Portuguese")]
    [InlineData("Kenya", "Nairobi", "Africa", "shilling", "Swahili")]
    [InlineData("Australia", "Canberra", "Oceania", "dollar", "English")]
    [InlineData("the United States", "Washington", "North America", "dollar", "English")]
    public void Facts_about_countries_are_right(string country, string capital, string continent, string currency, string language)
    {
        var facts = Assert.Single(_content.Countries.Rows, r => r["country"] == country);

        Assert.Equal([capital, continent, currency, language], [facts["capital"], facts["continent"], facts["currency"], facts["language"]]);
    }

    [Fact]
    public void The_table_covers_the_world_once()
    {
        var rows = _content.Countries.Rows;

        Assert.InRange(rows.Count, 180, 200);
        Assert.Equal(rows.Count, rows.Select(r => r["country"]).Distinct().Count());
        Assert.Equal(rows.Count, rows.Select(r => r["capital"]).Distinct().Count());
        Assert.All(rows, r => Assert.DoesNotContain("", r.Values));
        Assert.Equal(["Africa", "Asia", "Europe", "North America", "Oceania", "South America"], rows.Select(r => r["continent"]).Distinct().Order());
    }

    [Fact]
    public void Every_intent_has_answers_a_question_and_a_remark_to_end_with() =>
        Assert.All(_content.Intents.Values.Where(i => i.Name != "accept"), intent =>
        {
            Assert.NotEmpty(intent.Answers);
            Assert.NotEmpty(intent.Questions);
            Assert.NotEmpty(intent.Remarks);
            Assert.True(intent.Openings.Count + intent.SameRowFollowUps.Count > 0);
        });

    [Theory]
    [InlineData(0, "zero")]
    [InlineData(13, "thirteen")]
    [InlineData(20, "twenty")]
    [InlineData(42, "forty-two")]
    [InlineData(99, "ninety-nine")]
    [InlineData(100, "100")]
    public void Numbers_are_written_in_words(int number, string words) => Assert.Equal(words, NumberWords.Write(number));
}
