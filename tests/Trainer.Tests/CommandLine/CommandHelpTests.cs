using System.Text.RegularExpressions;
using ChatLoop.Trainer.CommandLine;
using static ChatLoop.Trainer.Tests.CommandLine.CommandRun;

namespace ChatLoop.Trainer.Tests.CommandLine;

/// <summary>What a newcomer reads first.</summary>
public sealed partial class CommandHelpTests
{
    public static TheoryData<string> Commands => ["corpus", "pretrain", "sft", "import", "export", "chat", "eval"];

    [Fact]
    public void Every_command_is_there() =>
        Assert.Equal(Commands.Select(c => c.Data).Order(), ChatLoopCommand.Create().Subcommands.Select(c => c.Name).Order());

    [Theory, MemberData(nameof(Commands))]
    public async Task Each_option_tells_its_default_or_that_it_is_required(string command)
    {
        var options = OptionLine().Matches((await Run(command, "--help")).Output).Select(m => m.Value).Where(o => !o.Contains("--help", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Matches(@"\[default: .+\]|\(REQUIRED\)", option));
    }

    /// <summary>"count" says nothing; "dialogues" does.</summary>
    [Theory, MemberData(nameof(Commands))]
    public async Task Each_value_is_called_by_what_it_counts_or_names(string command)
    {
        var values = ValueName().Matches((await Run(command, "--help")).Output).Select(m => (Option: m.Groups["option"].Value, Value: m.Groups["value"].Value)).ToList();

        Assert.All(values.Where(v => v.Option is not ("tokens" or "layers" or "heads" or "threads")), v => Assert.NotEqual(v.Option, v.Value));
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task Each_ends_with_an_example_that_is_understood(string command)
    {
        var example = Example().Match((await Run(command, "--help")).Output).Groups["line"].Value;

        Assert.StartsWith($"chatloop {command} ", example, StringComparison.Ordinal);
        Assert.Empty(ChatLoopCommand.Create().Parse(example.Split(' ')[1..]).Errors);
    }

    [Theory]
    [InlineData("corpus", "--count <dialogues>", "[default: 1000]")]
    [InlineData("pretrain", "--output <folder>", "[default: models/starter]")]
    [InlineData("pretrain", "--batch-tokens <tokens>", "[default: 2048]")]
    [InlineData("sft", "--epochs <times>", "[default: 3]")]
    [InlineData("chat", "--temperature <number>", "[default: 0.7]")]
    public async Task Units_and_defaults_are_these(string command, string option, string byDefault)
    {
        var line = (await Run(command, "--help")).Output.Split('\n').Single(l => l.Contains(option, StringComparison.Ordinal));

        Assert.Contains(byDefault, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistaken_option_gets_its_own_line_and_no_page_of_help()
    {
        var (exitCode, output, errors) = await Run("export", "models/starter");

        Assert.Equal((1, ""), (exitCode, output.Trim()));
        Assert.Contains("Option '--output' is required.", errors, StringComparison.Ordinal);
        Assert.Contains("chatloop export --help", errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^  -.*$(?:\n {4,}\S.*$)*", RegexOptions.Multiline, 1000)]
    private static partial Regex OptionLine();

    [GeneratedRegex(@"^  --(?<option>[a-z-]+) <(?<value>[^>]+)>", RegexOptions.Multiline, 1000)]
    private static partial Regex ValueName();

    [GeneratedRegex(@"^Example:\r?\n  (?<line>.+?)\r?$", RegexOptions.Multiline, 1000)]
    private static partial Regex Example();
}
