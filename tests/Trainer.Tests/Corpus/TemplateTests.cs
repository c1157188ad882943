using ChatLoop.Trainer.Corpus;

namespace ChatLoop.Trainer.Tests.Corpus;

public sealed class TemplateTests
{
    private static readonly Dictionary<string, string> Values = new() { ["country"] = "France", ["capital"] = "Paris" };

    [Fact]
    public void Choices_may_nest_and_be_empty()
    {
        var template = Template.Parse("{a{1|2}|b}{| c}");

        var seen = Enumerable.Range(0, 200).Select(seed => template.Expand(new Random(seed), Values)).ToHashSet();

        Assert.Equal(["a1", "a1 c", "a2", "a2 c", "b", "b c"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_are_replaced_up_to_the_first_character_that_is_no_letter() =>
        Assert.Equal("France's capital, Paris.", Template.Parse("$country's capital, $capital.").Expand(new Random(1), Values));

    [Theory]
    [InlineData("{a|b")]
    [InlineData("a}")]
    [InlineData("costs 5$")]
    public void A_broken_template_is_refused(string text) => Assert.Throws<FormatException>(() => Template.Parse(text));

    [Fact]
    public void A_grammar_error_names_file_and_line()
    {
        var error = Assert.Throws<FormatException>(() => IntentGrammar.Parse("test", ["[greeting] 1", "> hi", "% what"]));

        Assert.StartsWith("test, line 3", error.Message, StringComparison.Ordinal);
    }
}
