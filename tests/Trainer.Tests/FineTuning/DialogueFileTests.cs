using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.FineTuning;

namespace ChatLoop.Trainer.Tests.FineTuning;

public sealed class DialogueFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    private IReadOnlyList<IReadOnlyList<PromptMessage>> Read(string text)
    {
        File.WriteAllText(_path, text);
        return DialogueFile.Read(_path);
    }

    [Fact]
    public void Dialogues_are_read_in_order_and_other_fields_and_empty_lines_are_left_alone()
    {
        var dialogues = Read("""
            {"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}],"source":"mine"}

            {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d","weight":1}]}
            """);

        Assert.Equal([["Hi", "Hello!"], ["a", "b", "c", "d"]], dialogues.Select(d => d.Select(m => m.Text)));
        Assert.Equal([TurnRole.User, TurnRole.Assistant], dialogues[0].Select(m => m.Role));
    }

    [Theory]
    [InlineData("nonsense", "line 2")]
    [InlineData("""{"text":"hello"}""", "\"messages\"")]
    [InlineData("""{"messages":[{"role":"assistant","content":"Hello!"}]}""", "expected \"user\"")]
    [InlineData("""{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"}]}""", "\"system\"")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "ends with the answer")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":""}]}""", "message 2")]
    [InlineData("""{"messages":[{"role":"user","content":["Hi"]},{"role":"assistant","content":"x"}]}""", "message 1")]
    public void A_broken_line_is_named_with_what_was_expected(string line, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}]}""" + "\n" + line));

        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(_path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_dialogues_is_refused() => Assert.Throws<InvalidDataException>(() => Read("\n\n"));

    public void Dispose() => File.Delete(_path);
}
