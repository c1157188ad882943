using System.Text.Json;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Transformers;
using static ChatLoop.Trainer.Tests.CommandLine.CommandRun;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.CommandLine;

public sealed class ImportExportTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatloop-import");

    public static TheoryData<ModelFamily> Families => [.. Enum.GetValues<ModelFamily>()];

    /// <summary>Hugging Face folder to checkpoint and back: the same logits, the same files.</summary>
    [Theory, MemberData(nameof(Families))]
    public async Task What_was_imported_is_exported(ModelFamily family)
    {
        MakeModel(In("model"), family, ScalarType.BFloat16);

        Assert.Equal((0, ""), Without(await Run("import", In("model"), "--output", In("checkpoint"))));
        Assert.Equal((0, ""), Without(await Run("export", In("checkpoint"), "--output", In("exported"))));

        Assert.Equal(Logits(In("model")), Logits(In("exported")));
        Assert.Equal(ScalarType.BFloat16, TypeOf(In("exported")));
        foreach (var file in new[] { "tokenizer.json", "generation_config.json", "LICENSE" })
            Assert.Equal(await ReadAsync(In("model"), file), await ReadAsync(In("exported"), file));
        Assert.False(File.Exists(Path.Combine(In("checkpoint"), "pytorch_model.bin")));
        Assert.False(File.Exists(Path.Combine(In("exported"), "manifest.json")));
    }

    /// <summary>A checkpoint of ours tells other tools its chat format and says the same after its return.</summary>
    [Fact]
    public async Task A_starter_is_exported_with_its_chat_template()
    {
        var store = new CheckpointStore(_folder.FullName);
        using (var weights = LetterPolicy.Weights(3)) LetterPolicy.Save(store, "starter", weights);
        await Run("export", In("starter"), "--output", In("exported"));

        using var config = JsonDocument.Parse(await ReadAsync(In("exported"), "tokenizer_config.json"));
        Assert.Contains("<|assistant|>", config.RootElement.GetProperty("chat_template").GetString(), StringComparison.Ordinal);
        Assert.Equal("<|end|>", config.RootElement.GetProperty("eos_token").GetString());

        await Run("import", In("exported"), "--output", In("again"));
        using LoadedCheckpoint before = store.Load("starter"), after = store.Load("again");
        PromptMessage[] messages = [new(TurnRole.User, "hello"), new(TurnRole.Assistant, "hi"), new(TurnRole.User, "<|end|>?")];
        Assert.Equal(before.Template.Prompt(messages), after.Template.Prompt(messages));
        Assert.Equal(Logits(before.Transformer), Logits(after.Transformer));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("eval")]
    public async Task A_folder_that_was_not_imported_is_named_with_the_way_to_do_so(string command)
    {
        MakeModel(In("model"), ModelFamily.Llama, ScalarType.Float32);
        var (exitCode, _, errors) = await Run(command, In("model"));
        Assert.Equal(1, exitCode);
        Assert.Contains($"chatloop import {In("model")}", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float32", ScalarType.Float32)]
    [InlineData("float16", ScalarType.Float16)]
    [InlineData("bfloat16", ScalarType.BFloat16)]
    public async Task Export_writes_the_type_that_is_asked_for(string type, ScalarType expected)
    {
        MakeModel(In("model"), ModelFamily.Llama, ScalarType.Float32);
        await Run("import", In("model"), "--output", In("checkpoint"));

        var (exitCode, output, _) = await Run("export", In("checkpoint"), "--output", In("exported"), "--type", type);

        Assert.Equal(0, exitCode);
        Assert.Contains($"Llama in {type}", output, StringComparison.Ordinal);
        Assert.Equal(expected, TypeOf(In("exported")));
        Assert.Equal(type, HuggingFaceFolder.ReadConfig(In("exported")).DataType);
    }

    /// <summary>Shards are joined; the checkpoint serves and trains like any other.</summary>
    [Fact]
    public async Task Shards_become_one_checkpoint()
    {
        MakeModel(In("model"), ModelFamily.Qwen2, ScalarType.Float32);
        var whole = Logits(In("model"));
        Shard(In("model"));

        Assert.Equal((0, ""), Without(await Run("import", In("model"), "--output", In("checkpoint"))));

        using var checkpoint = new CheckpointStore(_folder.FullName).Load("checkpoint");
        Assert.Equal(whole, Logits(checkpoint.Transformer));
        Assert.False(checkpoint.Files.ContainsKey("model.safetensors.index.json"));
    }

    [Fact]
    public async Task A_model_that_cannot_be_used_is_refused_by_the_name_of_its_own_file()
    {
        MakeModel(In("model"), ModelFamily.Llama, ScalarType.Float32);
        var config = Path.Combine(In("model"), "config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config, Cancel)).Replace("\"llama\"", "\"mamba\"", StringComparison.Ordinal), Cancel);

        var (exitCode, _, errors) = await Run("import", In("model"), "--output", In("checkpoint"));

        Assert.Equal(1, exitCode);
        Assert.All([config, "'model_type'", "llama, mistral, qwen2, qwen3, gpt2", "\"mamba\""], part => Assert.Contains(part, errors, StringComparison.Ordinal));
        Assert.DoesNotContain(".saving-", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("checkpoint")));
    }

    [Fact]
    public async Task Neither_writes_over_other_files()
    {
        MakeModel(In("model"), ModelFamily.Llama, ScalarType.Float32);
        await Run("import", In("model"), "--output", In("checkpoint"));
        Directory.CreateDirectory(In("mine"));
        await File.WriteAllTextAsync(Path.Combine(In("mine"), "thesis.txt"), "mine", Cancel);

        foreach (var arguments in new string[][] { ["import", In("model")], ["export", In("checkpoint")] })
        {
            var (exitCode, _, errors) = await Run([.. arguments, "--output", In("mine")]);
            Assert.Equal(1, exitCode);
            Assert.Contains("missing or empty", errors, StringComparison.Ordinal);
        }
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(In("mine"), "thesis.txt"), Cancel));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string In(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>A random model with a byte tokenizer, and files such as published folders have.</summary>
    private static void MakeModel(string folder, ModelFamily family, ScalarType type)
    {
        var config = LetterPolicy.Config with { Family = family, EosTokenIds = [1, 3], PadTokenId = 0 };
        if (family == ModelFamily.Gpt2) config = config with { KeyValueHeads = config.Heads };
        using var weights = TransformerWeights.Initialise(config, seed: 5);
        HuggingFaceFolder.Save(folder, weights, type, new Dictionary<string, byte[]>
        {
            ["tokenizer.json"] = LetterPolicy.Files[CheckpointFiles.Tokenizer],
            ["generation_config.json"] = """{"eos_token_id":[1,3],"temperature":0.6,"top_p":0.9}"""u8.ToArray(),
            ["LICENSE"] = "Free."u8.ToArray(),
            ["pytorch_model.bin"] = [1, 2, 3],
        });
    }

    private static void Shard(string folder)
    {
        var file = Path.Combine(folder, "model.safetensors");
        var tensors = Safetensors.Read(file);
        var map = new System.Text.Json.Nodes.JsonObject();
        foreach (var part in tensors.Index().GroupBy(t => t.Index % 2))
        {
            var name = $"model-0000{part.Key + 1}-of-00002.safetensors";
            using (var stream = File.Create(Path.Combine(folder, name))) Safetensors.Write(stream, part.ToDictionary(t => t.Item.Key, t => t.Item.Value));
            foreach (var (_, (tensor, _)) in part) map[tensor] = name;
        }
        foreach (var tensor in tensors.Values) tensor.Dispose();
        File.Delete(file);
        File.WriteAllText(file + ".index.json", new System.Text.Json.Nodes.JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    private static float[] Logits(string folder)
    {
        using var transformer = new Transformer(HuggingFaceFolder.Load(folder));
        return Logits(transformer);
    }

    private static float[] Logits(Transformer transformer)
    {
        using var scope = NewDisposeScope();
        return transformer.Logits(transformer.Hidden(tensor(new long[] { 5, 9, 100, 7 }).view(1, 4))).data<float>().ToArray();
    }

    private static ScalarType TypeOf(string folder)
    {
        using var weights = HuggingFaceFolder.Load(folder);
        return weights.Embedding.dtype;
    }

    private static Task<byte[]> ReadAsync(string folder, string file) => File.ReadAllBytesAsync(Path.Combine(folder, file), Cancel);

    private static (int, string) Without((int ExitCode, string Output, string Errors) result) => (result.ExitCode, result.Errors);

    public void Dispose() => _folder.Delete(recursive: true);
}
