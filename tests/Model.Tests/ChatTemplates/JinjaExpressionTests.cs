using System.Text.Json.Nodes;
using ChatLoop.Model.ChatTemplates.Jinja;

namespace ChatLoop.Model.Tests.ChatTemplates;

/// <summary>Against jinja2 itself: tests/reference/jinja_expression_reference.py wrote the vectors.</summary>
public sealed class JinjaExpressionTests
{
    private static readonly JsonNode Vectors = VectorFile.Read("jinja_expressions.json");
    private static readonly Dictionary<string, JsonNode?> Data = Vectors["data"]!.AsObject().ToDictionary();

    [Fact]
    public void Every_template_gives_what_jinja2_gives()
    {
        var cases = Vectors["cases"]!.AsArray();

        var differences = cases.Select(c => Difference(c!)).OfType<string>().ToList();

        Assert.True(cases.Count > 2000);
        Assert.True(differences.Count == 0, $"{differences.Count} of {cases.Count} differ:\n{string.Join("\n", differences)}");
    }

    /// <summary>Null when output, or the fact that there is an error, is the same.</summary>
    private static string? Difference(JsonNode vector)
    {
        var (template, expected) = ((string)vector["template"]!, (string?)vector["output"]);
        string found;
        try
        {
            found = string.Concat(new JinjaTemplate("vector", template).Render(Data, new Dictionary<string, string>()).Select(s => s.Segment.Text));
        }
        catch (TemplateException e)
        {
            return expected is null ? null : $"{template}\n  expected <{expected}>\n  error    {e.Message}";
        }
        return found == expected ? null : $"{template}\n  expected <{expected ?? vector["error"]!.ToString()}>\n  found    <{found}>";
    }
}
