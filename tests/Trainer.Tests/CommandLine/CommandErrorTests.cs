using ChatLoop.Model.Checkpoints;
using static ChatLoop.Trainer.Tests.CommandLine.CommandRun;

namespace ChatLoop.Trainer.Tests.CommandLine;

/// <summary>Bad input gets one line that names it and the way out; nothing that is there is written over.</summary>
public sealed class CommandErrorTests : IDisposable
{
    private static readonly string[] Tiny =
        ["--tokens", "1000", "--sft-tokens", "0", "--hidden", "16", "--intermediate", "16", "--layers", "1", "--heads", "2", "--kv-heads", "1", "--eval-count", "1"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatloop-errors");

    public CommandErrorTests()
    {
        using (var weights = LetterPolicy.Weights(3)) LetterPolicy.Save(new CheckpointStore(_folder.FullName), "model", weights);
        _folder.CreateSubdirectory("empty");
        _folder.CreateSubdirectory("mine");
        _folder.CreateSubdirectory("published");
        File.WriteAllText(In("mine/thesis.txt"), "mine");
        File.WriteAllText(In("published/config.json"), "{}");
        File.WriteAllText(In("dialogues.jsonl"), """{"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"c"}]}""");
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);

    private string[] With(string command, string source, string output) => command switch
    {
        "sft" => ["sft", In(source), "--data", In("dialogues.jsonl"), "--output", In(output), "--epochs", "1"],
        "import" or "export" => [command, In(source), "--output", In(output)],
        "pretrain" => ["pretrain", "--output", In(output), .. Tiny],
        "corpus" => ["corpus", "--count", "1", "--output", In(output)],
        _ => [command, In(source)],
    };

    private static async Task AssertRefused(string[] arguments, params string[] parts)
    {
        var (exitCode, _, errors) = await Run(arguments);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("chatloop: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.All(parts, part => Assert.Contains(part, errors, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("eval")]
    [InlineData("sft")]
    [InlineData("export")]
    public async Task What_is_no_checkpoint_is_named_with_the_way_to_one(string command)
    {
        await AssertRefused(With(command, "nowhere", "new"), In("nowhere"), "chatloop pretrain");
        await AssertRefused(With(command, "empty", "new"), In("empty"), "no checkpoint folder", "chatloop pretrain");
        await AssertRefused(With(command, "published", "new"), In("published"), "chatloop import");
        await AssertRefused(With(command, "dialogues.jsonl", "new"), In("dialogues.jsonl"), "is a file");
        Assert.False(Path.Exists(In("new")));
    }

    [Fact]
    public async Task A_folder_to_import_that_is_not_there_is_named() =>
        await AssertRefused(With("import", "nowhere", "new"), In("nowhere"), "Hugging Face folder");

    [Theory]
    [InlineData("pretrain")]
    [InlineData("sft")]
    [InlineData("import")]
    [InlineData("export")]
    public async Task No_folder_is_written_over(string command)
    {
        await AssertRefused(With(command, "model", "mine"), In("mine"), "missing or empty");
        await AssertRefused(With(command, "model", "model"), In("model"), "already holds a checkpoint");
        await AssertRefused(With(command, "model", "dialogues.jsonl"), In("dialogues.jsonl"), "is a file");
        await AssertRefused(With(command, "model", "dialogues.jsonl/new"), In("dialogues.jsonl"), "is a file");

        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(In("mine")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task No_file_is_written_over()
    {
        var before = await File.ReadAllTextAsync(In("dialogues.jsonl"), TestContext.Current.CancellationToken);

        await AssertRefused(With("corpus", "", "dialogues.jsonl"), In("dialogues.jsonl"), "already exists");
        await AssertRefused(With("corpus", "", "empty"), In("empty"), "already exists");

        Assert.Equal(before, await File.ReadAllTextAsync(In("dialogues.jsonl"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_corpus_goes_into_a_folder_that_it_makes()
    {
        Assert.Equal(0, (await Run(With("corpus", "", "new/dialogues.jsonl"))).ExitCode);
        Assert.Equal(["dialogues.jsonl"], Directory.EnumerateFileSystemEntries(In("new")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("nonsense", "line 2", "byte 2", "messages")]
    [InlineData("""{"text":"hello"}""", "line 2", "messages", "expected")]
    public async Task A_line_that_is_no_dialogue_is_named_by_its_number(string line, params string[] parts)
    {
        await File.AppendAllTextAsync(In("dialogues.jsonl"), "\n" + line, TestContext.Current.CancellationToken);

        await AssertRefused(With("sft", "model", "new"), [In("dialogues.jsonl"), .. parts]);
    }

    [Fact]
    public async Task Data_that_is_not_there_is_named() =>
        await AssertRefused(["sft", In("model"), "--data", In("none.jsonl"), "--output", In("new")], In("none.jsonl"), "JSON-lines file");

    [Theory]
    [InlineData("--heads", "3", "--heads must be a multiple of --kv-heads")]
    [InlineData("--hidden", "12", "--hidden must be an even multiple of --heads")]
    public async Task Sizes_that_do_not_go_together_are_named_by_their_options(string option, string value, string expected) =>
        await AssertRefused(["pretrain", "--output", In("new"), option, value], expected);

    [Fact]
    public async Task A_snapshot_of_no_run_is_refused() =>
        await AssertRefused([.. With("pretrain", "", "new"), "--snapshot"], "new.training.bin", "--state");

    public void Dispose() => _folder.Delete(recursive: true);
}
