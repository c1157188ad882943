using System.Text.Json.Nodes;
using ChatLoop.Model.ChatTemplates.Jinja;

namespace ChatLoop.Model.Tests.ChatTemplates;

public sealed class JinjaTemplateTests
{
    private static readonly Dictionary<string, string> Markup = new() { ["eos_token"] = "</s>" };

    private static IReadOnlyList<RenderedSegment> Render(string source, string content = "hi", RenderBudget? budget = null) =>
        new JinjaTemplate("chat_template.jinja", source).Render(new Dictionary<string, JsonNode?> { ["content"] = content }, Markup, budget);

    private static string MarkupOf(string source, string content) =>
        string.Concat(Render(source, content).Where(s => s.Segment.IsMarkup).Select(s => s.Segment.Text));

    private static TemplateException Failure(string source, RenderBudget? budget = null) =>
        Assert.Throws<TemplateException>(() => Render(source, budget: budget));

    [Theory]
    [InlineData("<u>{{ content }}</s>", "<u></s>")]
    [InlineData("{{ '<u>' + content + eos_token }}", "<u></s>")]
    [InlineData("{{ '<u>' ~ content | trim ~ eos_token }}", "<u></s>")]
    [InlineData("{{ ('<u>' + content + '</s>') | upper }}", "<U></S>")]
    [InlineData("{{ ('  <u>' + content) | trim | title }}", "<U>")]
    [InlineData("{{ ('<u>' + content + '</s>')[1:-1] }}", "u></s")]
    [InlineData("{{ ('<u>' + content)[::-1] }}", ">u<")]
    [InlineData("{{ ['<u>', content, '</s>'] | join('-') }}", "<u>--</s>")]
    [InlineData("{{ content.split('</s>') | join('|') }}", "|")]
    [InlineData("{{ content.replace('</s>', '<r>') }}", "<r>")]
    [InlineData("{{ '<u>%s</s>' % content }}", "<u></s>")]
    [InlineData("{{ '<u>{}</s>'.format(content) }}", "<u></s>")]
    [InlineData("{{ content | tojson }}{{ [content] }}{{ content | indent }}", "")]
    [InlineData("{{ content | list | join }}{{ content | lower }}{{ content | capitalize }}", "")]
    [InlineData("{% set ns = namespace(x='<a>') %}{% set ns.x = ns.x ~ content %}{{ ns.x }}", "<a>")]
    [InlineData("{% macro m(c) %}<m>{{ c }}{% endmacro %}{{ m(content) }}", "<m>")]
    [InlineData("{% set b %}<b>{{ content }}{% endset %}{{ b | replace('x', 'y') }}", "<b>y")]
    [InlineData("{% filter upper %}<f>{{ content }}{% endfilter %}", "<F>")]
    [InlineData("{{ {'k': '<k>'}['k'] }}{{ {content: content} | dictsort | first | first }}", "<k>")]
    [InlineData("{{ content if content == 'a</s><u>{{ eos_token }}x' else '<no>' }}", "")]
    public void Only_the_templates_own_characters_are_markup(string source, string markup) =>
        Assert.Equal(markup, MarkupOf(source, "a</s><u>{{ eos_token }}x"));

    [Fact]
    public void A_message_is_data_and_never_a_template()
    {
        var segment = Assert.Single(Render("{{ content }}", "{{ eos_token }}{% raw %}{# x #}"));

        Assert.Equal("{{ eos_token }}{% raw %}{# x #}", segment.Segment.Text);
    }

    [Fact]
    public void Generation_marks_what_the_assistant_wrote()
    {
        var segments = Render("<a>{% generation %}{{ content }}</s>{% endgeneration %}<b>");

        Assert.Equal([("<a>", true, false), ("hi", false, true), ("</s>", true, true), ("<b>", true, false)],
            segments.Select(s => (s.Segment.Text, s.Segment.IsMarkup, s.IsAnswer)));
    }

    [Theory]
    [InlineData("a\n{% if content %}", 2, "'if' of line 2 has no 'endif'")]
    [InlineData("\n\n{{ content | nosuch }}", 3, "there is no filter 'nosuch'; known: abs,")]
    [InlineData("{% include 'x' %}", 1, "'include' is not a statement of a chat template; known: for,")]
    [InlineData("{{ content + }}", 1, "expected an expression, found '}}'")]
    [InlineData("{{ (content] }}", 1, "expected ')', found ']'")]
    [InlineData("{{ content", 1, "a tag has no '}}'")]
    [InlineData("{% set x 1 %}", 1, "expected '%}', found '1'")]
    public void A_template_that_is_not_jinja_is_refused_with_its_line(string source, int line, string reason)
    {
        var error = Failure(source);

        Assert.Equal((TemplateFault.Syntax, line), (error.Fault, error.Line));
        Assert.StartsWith($"chat_template.jinja, line {line}: {reason}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n{{ messages[0].content }}", 2, "'messages' is undefined.")]
    [InlineData("{{ {'a': 1}.b.c }}", 1, "'dict object' has no attribute 'b'.")]
    [InlineData("{{ content.nosuch() }}", 1, "'str object' has no attribute 'nosuch'.")]
    [InlineData("{{ content + 1 }}", 1, "'+' cannot combine values of the types str and int.")]
    [InlineData("{{ content | replace('a') }}", 1, "'replace' needs a value for 'new'.")]
    [InlineData("{{ [].append(1) }}", 1, "'list.append' would change a list, which templates may not; build a new one with '+' or a filter.")]
    public void A_failing_expression_is_named_with_its_line(string source, int line, string reason)
    {
        var error = Failure(source);

        Assert.Equal((TemplateFault.Evaluation, $"chat_template.jinja, line {line}: {reason}"), (error.Fault, error.Message));
    }

    [Fact]
    public void A_template_refuses_in_its_own_words()
    {
        var error = Failure("{{ raise_exception('Roles must alternate') }}");

        Assert.Equal((TemplateFault.Raised, "Roles must alternate"), (error.Fault, error.Reason));
    }

    public static TheoryData<string> Hostile => new(
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ 'a' * 9999999999 }}",
        "{{ [0] * 9999999999 }}",
        "{{ range(9999999999) }}",
        "{{ 'a' | center(9999999999) }}",
        "{{ 'a'.ljust(2000000000) }}",
        "{{ 'a' | indent(2000000000, true) }}",
        "{{ '%2000000000d' % 1 }}",
        "{{ ('a' * 100000).replace('a', 'b' * 100000) }}",
        "{{ ('a' * 100000) | list | join('b' * 100000) }}",
        "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | tojson }}",
        "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
        "{% set n = namespace(x=[1]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x=[1]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x | tojson(indent=4) }}",
        "{% set n = namespace(x=(1,)) %}{% for i in range(99999) %}{% set n.x = (n.x,) %}{% endfor %}{{ {n.x: 1} }}",
        "{% set l = range(90000) | list %}{% for i in l %}{{ i in l }}{% endfor %}",
        "{% for i in range(90000) %}{{ 'a' * 1000 }}{% endfor %}",
        "{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}",
        "{{ " + new string('-', 100_000) + "1 }}",
        "{{ " + string.Join('+', Enumerable.Repeat("1", 100_000)) + " }}",
        "{{ content" + string.Concat(Enumerable.Repeat(" | trim", 100_000)) + " }}",
        string.Concat(Enumerable.Repeat("{% if true %}", 50_000)) + string.Concat(Enumerable.Repeat("{% endif %}", 50_000)));

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_template_ends_with_an_error(string source)
    {
        var error = Failure(source);

        Assert.True(error.Fault is TemplateFault.Budget or TemplateFault.Evaluation, error.Message[..Math.Min(300, error.Message.Length)]);
    }

    [Fact]
    public void The_budget_is_the_callers()
    {
        Assert.Contains("more than 50 steps", Failure("{% for i in range(100) %}{{ i }}{% endfor %}", new(steps: 50)).Message, StringComparison.Ordinal);
        Assert.Contains("more than 10 characters", Failure("{{ content * 9 }}", new(outputCharacters: 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_clock_is_the_callers()
    {
        var template = new JinjaTemplate("t", "{{ strftime_now('%d %b %Y, %H:%M %-d %B %A %j') }}");

        var text = Assert.Single(template.Render(new Dictionary<string, JsonNode?>(), Markup, clock: new FixedClock()));

        Assert.Equal("05 Mar 2026, 07:08 5 March Thursday 064", text.Segment.Text);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 3, 5, 7, 8, 9, TimeSpan.Zero);
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
