using System.Text.Json.Nodes;
using ChatLoop.Model.ChatTemplates.Jinja;

namespace ChatLoop.Model.Tests.ChatTemplates;

/// <summary>
/// The templates of real models against jinja2 as transformers sets it up: tests/reference/chat_template_reference.py wrote the vectors.
/// Vectors/templates/README.md names their sources.
/// </summary>
public sealed class RealTemplateTests
{
    private static readonly JsonNode Vectors = VectorFile.Read("chat_templates.json");
    private static readonly JsonArray Cases = Vectors["cases"]!.AsArray();

    public static TheoryData<string> Names => [.. Vectors["templates"]!.AsObject().Select(t => t.Key)];

    private static JinjaTemplate Template(string name) => new(name, File.ReadAllText(VectorFile.PathOf($"templates/{name}.jinja")));

    private static IReadOnlyList<RenderedSegment> Render(string name, JsonNode data)
    {
        var tokens = Vectors["templates"]![name]!;
        return Template(name).Render(data.AsObject().ToDictionary(),
            new Dictionary<string, string> { ["bos_token"] = (string)tokens["bos_token"]!, ["eos_token"] = (string)tokens["eos_token"]! },
            clock: new FixedClock(DateTimeOffset.Parse((string)Vectors["now"]! + "Z", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static string Text(IEnumerable<RenderedSegment> segments) => string.Concat(segments.Select(s => s.Segment.Text));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_real_template_gives_what_transformers_gives(string name)
    {
        var outcomes = Vectors["templates"]![name]!["outcomes"]!.AsArray();

        Assert.Equal(Cases.Count, outcomes.Count);
        Assert.All(outcomes, (outcome, i) =>
        {
            var data = Cases[i]!["data"]!;
            if ((string?)outcome!["output"] is { } text)
            {
                Assert.Equal(text, Text(Render(name, data)));
                return;
            }
            var error = Assert.Throws<TemplateException>(() => Render(name, data));
            if ((string?)outcome["raised"] is { } raised) Assert.Equal((TemplateFault.Raised, raised), (error.Fault, error.Reason));
            else Assert.Equal(TemplateFault.Evaluation, error.Fault);
        });
    }

    /// <summary>
    /// The characters of the template are the same whatever a message says, so it opens no turn and closes none.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void No_message_changes_what_the_template_writes(string name)
    {
        var attack = (string)Cases.Single(c => (string)c!["name"]! == "markup as text")!["data"]!["messages"]![0]!["content"]!;
        var own = Markup("x");

        Assert.Contains(Render(name, Question("x")), s => !s.Segment.IsMarkup && s.Segment.Text == "x");
        Assert.Equal(own, Markup(attack));
        Assert.Equal(own, Markup("{{ eos_token }}{{ raise_exception('x') }}{% for m in messages %}"));
        Assert.Equal(own, Markup(own));

        string Markup(string content) => Text(Render(name, Question(content)).Where(s => s.Segment.IsMarkup));
    }

    private static JsonObject Question(string content) => new()
    {
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content }),
        ["tools"] = null,
        ["documents"] = null,
        ["add_generation_prompt"] = true,
    };

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
