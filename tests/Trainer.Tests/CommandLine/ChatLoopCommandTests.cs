using System.Text.Json;
using ChatLoop.Model.Checkpoints;
using static ChatLoop.Trainer.Tests.CommandLine.CommandRun;

namespace ChatLoop.Trainer.Tests.CommandLine;

public sealed class ChatLoopCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatloop-command");

    private string In(string name) => Path.Combine(_folder.FullName, name);

    private static Task<(int ExitCode, string Output, string Errors)> PretrainTiny(string output) => Run(
        "pretrain", "--output", output, "--tokens", "3000", "--sft-tokens", "1000", "--hidden", "16", "--intermediate", "16", "--layers", "1", "--heads", "2",
        "--kv-heads", "1", "--batch-tokens", "1024", "--eval-count", "1");

    [Fact]
    public async Task Pretrain_writes_a_checkpoint_that_eval_measures()
    {
        var (exitCode, _, errors) = await PretrainTiny(In("model"));

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.All(["config.json", "manifest.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "README.md"],
            name => Assert.True(File.Exists(Path.Combine(In("model"), name)), name));
        var evaluation = await Run("eval", In("model"), "--count", "1");
        Assert.Equal(0, evaluation.ExitCode);
        Assert.Contains("capital of a country", evaluation.Output, StringComparison.Ordinal);
        Assert.Contains("ends with a question", evaluation.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pretrain_does_not_overwrite_a_checkpoint()
    {
        await PretrainTiny(In("model"));
        var (exitCode, _, errors) = await PretrainTiny(In("model"));

        Assert.Equal(1, exitCode);
        Assert.Contains("already holds a checkpoint", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sft_fine_tunes_a_checkpoint_on_a_file_of_dialogues()
    {
        await PretrainTiny(In("model"));
        await Run("corpus", "--count", "50", "--output", In("dialogues.jsonl"));

        var (exitCode, output, errors) = await Run("sft", In("model"), "--data", In("dialogues.jsonl"), "--output", In("tuned"), "--epochs", "2");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("held-out dialogues", output, StringComparison.Ordinal);
        Assert.Equal(0, (await Run("eval", In("tuned"), "--count", "1")).ExitCode);
        Assert.NotEqual(await File.ReadAllBytesAsync(Path.Combine(In("model"), "model.safetensors"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(In("tuned"), "model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Corpus_writes_dialogues_as_json_lines()
    {
        var (exitCode, output, _) = await Run("corpus", "--count", "3", "--seed", "5");

        Assert.Equal(0, exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line =>
        {
            var messages = JsonDocument.Parse(line).RootElement.GetProperty("messages");
            Assert.Equal("user", messages[0].GetProperty("role").GetString());
            Assert.Equal("assistant", messages[1].GetProperty("role").GetString());
        });
    }

    [Fact]
    public async Task Sft_gives_an_older_starter_its_chat_template()
    {
        using (var weights = LetterPolicy.Weights(3)) LetterPolicy.Save(new CheckpointStore(_folder.FullName), "older", weights);
        await File.WriteAllTextAsync(In("dialogues.jsonl"), """{"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"c"}]}""", TestContext.Current.CancellationToken);

        Assert.Equal(0, (await Run("sft", In("older"), "--data", In("dialogues.jsonl"), "--output", In("tuned"), "--epochs", "1")).ExitCode);

        using var config = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(In("tuned"), "tokenizer_config.json"), TestContext.Current.CancellationToken));
        Assert.Contains("<|assistant|>", config.RootElement.GetProperty("chat_template").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Short greetings repeat soon, so that the stream of all dialogues holds many twice.</summary>
    [Fact]
    public async Task Corpus_writes_no_dialogue_twice_and_none_that_is_held_out()
    {
        Assert.Equal(0, (await Run("corpus", "--count", "10000", "--output", In("training.jsonl"))).ExitCode);
        Assert.Equal(0, (await Run("corpus", "--count", "1000", "--held-out", "--output", In("held-out.jsonl"))).ExitCode);

        var training = Dialogues(In("training.jsonl"));
        var heldOut = Dialogues(In("held-out.jsonl"));
        Assert.Equal((10_000, 10_000), (training.Count, training.Distinct().Count()));
        Assert.Equal((1_000, 1_000), (heldOut.Count, heldOut.Distinct().Count()));
        Assert.Empty(training.Intersect(heldOut));

        static List<string> Dialogues(string path) =>
            [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("messages").GetRawText())];
    }

    [Fact]
    public async Task A_run_cannot_be_resumed_from_a_file_that_is_no_state()
    {
        await File.WriteAllTextAsync(In("state"), "nonsense", TestContext.Current.CancellationToken);
        var (exitCode, _, errors) = await Run("pretrain", "--output", In("model"), "--state", In("state"));

        Assert.Equal(1, exitCode);
        Assert.Contains("not a pretraining state", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pretrain", "--layers", "0", "from 1 to 100")]
    [InlineData("pretrain", "--layers", "many", "a whole number from 1 to 100; it is many")]
    [InlineData("pretrain", "--layers", "1.5", "a whole number from 1 to 100; it is 1.5")]
    [InlineData("chat", "--temperature", "NaN", "a number from 0 to 5; it is NaN")]
    [InlineData("corpus", "--count", "-1", "from 1 to")]
    public async Task A_value_out_of_range_is_refused_with_the_range(string command, string option, string value, string expected)
    {
        var (exitCode, _, errors) = await Run(command, option, value);

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
