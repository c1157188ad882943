using System.Text.Json;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Constraints;

public sealed class JsonSchemaConstraintTests
{
    private static readonly Tokenizer Tokenizer = TinyTokenizer.Create(("\"", ":"), ("{", "\""), (",", "\""), ("\"", "}"), ("a", "b"), ("Ã", "©"), ("t", "r"));

    private static readonly int End = Tokenizer.SpecialId(ChatTemplate.EndToken);

    public static TheoryData<string> Schemas =>
    [
        """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}""",
        """{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"null"},"c":{"type":"number"}}}""",
        """{"type":"object","properties":{"a":{"type":"boolean"},"b":{"enum":[1,2]},"c":{"const":"x"}},"required":["b"]}""",
        """{"type":"array","items":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"}},"required":["x"]}}""",
        """{"enum":["red","grün","a\"b","👩",3,null,{"k":[1,2]}]}""",
        """{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"integer"}},{"const":true}]}""",
        """{"type":["integer","null"]}""",
        """{"type":"string","title":"A name","description":"Any."}""",
        """{"type":"array","items":{"type":"string","minLength":2,"maxLength":4}}""",
        """{"maxLength":3}""",
        """{"type":"string","enum":["a","b",3]}""",
        """{"type":"object","additionalProperties":{"type":"integer"}}""",
        """{"type":"object","required":["k"]}""",
        """{"type":"object","properties":{},"additionalProperties":false}""",
        """{"properties":{"inner":{"properties":{"inner":{"items":{"type":"boolean"}}},"required":["inner"]}},"required":["inner"]}""",
        """{"type":"object"}""",
        """{"type":"array"}""",
        "{}",
        "true",
    ];

    [Theory, MemberData(nameof(Schemas))]
    public void Every_answer_is_JSON_of_the_schema(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        var writer = new RandomWriter(Tokenizer, End);
        var answers = Enumerable.Range(0, 50).Select(seed => writer.Write(new() { JsonSchema = schema }, seed)).OfType<string>().ToList();

        // A writer without sense nests and goes on at length: some answers are cut.
        Assert.InRange(answers.Count, 15, 50);
        Assert.All(answers, answer =>
        {
            using var value = JsonDocument.Parse(answer);
            Assert.True(SchemaCheck.Holds(document.RootElement, value.RootElement), answer);
            AssertReadable(value.RootElement);
        });
    }

    /// <summary>Names and order are as in the schema; what is optional sometimes comes and sometimes does not.</summary>
    [Fact]
    public void Optional_properties_come_and_go()
    {
        const string Schema = """{"properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},"required":["b"],"additionalProperties":false}""";
        var writer = new RandomWriter(Tokenizer, End);
        var answers = Enumerable.Range(0, 200).Select(seed => writer.Write(new() { JsonSchema = Schema }, seed)!.Replace(" ", "", StringComparison.Ordinal));

        Assert.Equal(
            ["""{"a":1,"b":2,"c":3}""", """{"a":1,"b":2}""", """{"b":2,"c":3}""", """{"b":2}"""], answers.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{", "jsonSchema is no JSON")]
    [InlineData("7", "jsonSchema at $: a schema must be an object or true, not Number")]
    [InlineData("false", "jsonSchema at $: a schema must be an object or true, not False")]
    [InlineData("""{"type":"string","pattern":"a"}""", "jsonSchema at $: \"pattern\" is not supported; supported are type, enum")]
    [InlineData("""{"properties":{"a":{"minimum":3}}}""", "jsonSchema at $.properties.a: \"minimum\" is not supported")]
    [InlineData("""{"items":{"anyOf":[{},{"$ref":"#"}]}}""", "jsonSchema at $.items.anyOf[1]: \"$ref\" is not supported")]
    [InlineData("""{"type":"text"}""", "jsonSchema at $: \"type\" must be of object, array")]
    [InlineData("""{"type":[]}""", "jsonSchema at $: \"type\" is empty")]
    [InlineData("""{"enum":[]}""", "jsonSchema at $: \"enum\" is empty")]
    [InlineData("""{"enum":[1],"type":"string"}""", "no value of \"enum\" is of the type")]
    [InlineData("""{"anyOf":[{}],"type":"string"}""", "\"anyOf\" beside \"type\" is not supported")]
    [InlineData("""{"const":1,"properties":{}}""", "\"const\" beside \"properties\" is not supported")]
    [InlineData("""{"required":["a"],"additionalProperties":false}""", "\"required\" names \"a\", which \"additionalProperties\" forbids")]
    [InlineData("""{"properties":[]}""", "jsonSchema at $.properties: it must be an Object, not Array")]
    [InlineData("""{"type":"string","maxLength":1001}""", "\"maxLength\" must be a whole number from 0 to 1000")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "\"minLength\" is above \"maxLength\"")]
    [InlineData("""{"required":[1]}""", "\"required\" must hold names")]
    public void What_is_wrong_or_not_supported_is_named_with_its_place(string schema, string named)
    {
        var error = Assert.Throws<ChatLoopException>(() => SamplingLimits.Check(new() { JsonSchema = schema }));
        Assert.Equal(Contracts.Errors.ErrorCode.Invalid, error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expression_and_schema_exclude_one_another()
    {
        var error = Assert.Throws<ChatLoopException>(() => SamplingLimits.Check(new() { Regex = "a", JsonSchema = "{}" }));
        Assert.Contains("regex and jsonSchema exclude one another", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Strings have no half of a surrogate pair, numbers a value.</summary>
    private static void AssertReadable(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: Assert.NotNull(value.GetString()); break;
            case JsonValueKind.Number: Assert.True(double.IsFinite(value.GetDouble())); break;
            case JsonValueKind.Array: Assert.All(value.EnumerateArray(), AssertReadable); break;
            case JsonValueKind.Object: Assert.All(value.EnumerateObject(), p => AssertReadable(p.Value)); break;
        }
    }
}
