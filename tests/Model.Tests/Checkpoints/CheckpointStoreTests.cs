using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CheckpointStore _store;

    public CheckpointStoreTests() => _store = new(_folder["store"]);

    [Fact]
    public void A_checkpoint_comes_back_as_it_was_saved()
    {
        using var weights = TransformerWeights.Initialise(TinyCheckpoint.Config, 1);
        using var head = randn(1, 32);
        var saved = _store.Save("runs/a/policy", TinyCheckpoint.Contents(weights) with
        {
            Heads = new Dictionary<string, Tensor> { ["value.weight"] = head },
            Metadata = new Dictionary<string, string> { ["parent"] = "starter" },
        });

        using var loaded = _store.Load("runs/a/policy");

        Assert.True(_store.Exists("runs/a/policy"));
        Assert.Equal("starter", _store.ReadManifest("runs/a/policy").Metadata["parent"]);
        Assert.Equal(Hash("runs/a/policy", "model.safetensors"), saved.WeightsHash);
        Assert.Equal(saved.WeightsHash, loaded.WeightsHash);
        Assert.Equal(32, loaded.Transformer.Config.HiddenSize);
        foreach (var (name, tensor) in weights.ByName) Assert.True(tensor.equal(loaded.Transformer.Weights.ByName[name]).all().item<bool>());
        Assert.True(head.equal(loaded.Heads["value.weight"]).all().item<bool>());
        Assert.Equal(TinyCheckpoint.TokenizerJson, loaded.Files["tokenizer.json"]);
        Assert.Equal("héllo", loaded.Tokenizer.Decode(loaded.Tokenizer.Encode("héllo")));
    }

    [Fact]
    public void Bfloat16_weights_come_back_rounded_and_the_config_says_so()
    {
        using var weights = TransformerWeights.Initialise(TinyCheckpoint.Config, 1);
        _store.Save("a", TinyCheckpoint.Contents(weights) with { WeightsType = ScalarType.BFloat16 });

        using var loaded = _store.Load("a");

        Assert.Equal("bfloat16", loaded.Transformer.Config.DataType);
        using var rounded = weights.Embedding.to(ScalarType.BFloat16).to(ScalarType.Float32);
        Assert.True(rounded.equal(loaded.Transformer.Weights.Embedding).all().item<bool>());
        Assert.True(new FileInfo(Path.Combine(_store.Root, "a", "model.safetensors")).Length < weights.Count * 2 + 4096);
    }

    [Fact]
    public void Bfloat16_weights_stay_so_when_asked_and_compute_the_same()
    {
        using var scope = NewDisposeScope();
        using var weights = TransformerWeights.Initialise(TinyCheckpoint.Config, 1);
        _store.Save("a", TinyCheckpoint.Contents(weights) with { WeightsType = ScalarType.BFloat16 });
        using LoadedCheckpoint wide = _store.Load("a"), narrow = _store.Load("a", asStored: true);
        var tokens = tensor(new long[] { 5, 9, 100, 7 }).view(1, 4);

        var difference = (wide.Transformer.Hidden(tokens) - narrow.Transformer.Hidden(tokens)).abs().max().item<float>();

        Assert.Equal((ScalarType.Float32, ScalarType.BFloat16), (wide.Transformer.Weights.Embedding.dtype, narrow.Transformer.Weights.Embedding.dtype));
        Assert.InRange(difference, 0, 1e-5);
    }

    [Fact]
    public void Same_contents_same_files()
    {
        var (a, b) = (TinyCheckpoint.Save(_store, "a", seed: 1), TinyCheckpoint.Save(_store, "b", seed: 1));
        Assert.True(a.SameFiles(b));
        Assert.Equal(Hash("a", "manifest.json"), Hash("b", "manifest.json"));
    }

    [Fact]
    public void Saving_the_same_again_changes_nothing_and_another_one_is_refused()
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        TinyCheckpoint.Save(_store, "a", seed: 1);

        var error = Assert.Throws<ChatLoopException>(() => TinyCheckpoint.Save(_store, "a", seed: 2));

        Assert.Equal(ErrorCode.Conflict, error.Code);
        _store.Load("a").Dispose();
    }

    [Fact]
    public void A_folder_without_manifest_does_not_exist_and_is_replaced()
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        File.Delete(InStore("a", "manifest.json"));

        Assert.False(_store.Exists("a"));
        AssertDamaged("a", "manifest.json", "missing");
        TinyCheckpoint.Save(_store, "a", seed: 2);
        _store.Load("a").Dispose();
    }

    [Fact]
    public void A_flipped_byte_is_found_and_named()
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        var hash = Hash("a", "model.safetensors");
        Change("model.safetensors", bytes => bytes[^1] ^= 1);

        AssertDamaged("a", "model.safetensors", $"expected SHA-256 {hash}, found {Hash("a", "model.safetensors")}");
        TinyCheckpoint.Save(_store, "a", seed: 2);
        _store.Load("a").Dispose();
    }

    [Fact]
    public void A_truncated_file_is_found_and_named()
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        var path = InStore("a", "model.safetensors");
        var length = new FileInfo(path).Length;
        using (var file = new FileStream(path, FileMode.Open)) file.SetLength(length - 5);

        Assert.False(_store.Exists("a"));
        AssertDamaged("a", "model.safetensors", $"expected {length} bytes, found {length - 5}");
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        File.Delete(InStore("a", "tokenizer.json"));

        Assert.False(_store.Exists("a"));
        AssertDamaged("a", "tokenizer.json", "missing");
    }

    [Fact]
    public void A_checkpoint_that_never_was_says_so() => AssertDamaged("nowhere", "manifest.json", "missing");

    [Theory]
    [InlineData("missing", "model.norm.weight", "missing")]
    [InlineData("misshaped", "model.norm.weight", "[31]", "expected [32]")]
    [InlineData("unknown", "extra.weight", "not part of")]
    [InlineData("diverged", "model.norm.weight", "expected finite numbers")]
    public void A_wrong_tensor_is_named(string change, params string[] expected)
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(Safetensors.Read(InStore("a", "model.safetensors")));
        switch (change)
        {
            case "missing": tensors.Remove("model.norm.weight"); break;
            case "misshaped": tensors["model.norm.weight"] = ones(31); break;
            case "diverged": tensors["model.norm.weight"] = full([32], float.NaN); break;
            default: tensors["extra.weight"] = ones(1); break;
        }
        using (var file = File.Create(InStore("a", "model.safetensors"))) Safetensors.Write(file, tensors);
        WriteManifestAgain("model.safetensors");

        AssertDamaged("a", ["model.safetensors", .. expected]);
    }

    [Theory]
    [InlineData("config.json", "{", "config.json")]
    [InlineData("config.json", """{"model_type":"llama","hidden_size":32,"num_attention_heads":4}""", "config.json", "vocab_size")]
    [InlineData("tokenizer.json", "{}", "tokenizer.json", "model")]
    [InlineData("tokenizer_config.json", """{"chat_template":"\n{{ x"}""", "tokenizer_config.json", "chat_template, line 2: a tag has no '}}'")]
    public void A_wrong_description_is_named(string file, string contents, params string[] expected)
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        File.WriteAllText(InStore("a", file), contents);
        WriteManifestAgain(file);

        AssertDamaged("a", expected);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"format":2,"files":{}}""")]
    [InlineData("""{"format":1,"files":{"../x":{"length":1,"sha256":""}}}""")]
    [InlineData("""{"format":1,"files":{"config.json":null}}""")]
    [InlineData("""{"format":1,"files":{}}""")]
    public void A_damaged_manifest_means_no_checkpoint(string manifest)
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        File.WriteAllText(InStore("a", "manifest.json"), manifest);

        Assert.False(_store.Exists("a"));
        AssertDamaged("a", "manifest.json");
    }

    [Fact]
    public void Leftovers_of_a_crash_are_no_checkpoints_and_go_away()
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        var leftover = Directory.CreateDirectory(InStore(".saving-0123", "")).FullName;
        File.WriteAllText(Path.Combine(leftover, "model.safetensors"), "half a fi");
        File.WriteAllText(InStore(".saving-0123.lock", ""), "");

        var reopened = new CheckpointStore(_store.Root);

        Assert.True(reopened.Exists("a"));
        Assert.Equal([Path.Combine(_store.Root, "a")], Directory.EnumerateFileSystemEntries(_store.Root));
    }

    [Fact]
    public void Opening_a_store_leaves_a_save_under_way_alone()
    {
        using var weights = TransformerWeights.Initialise(TinyCheckpoint.Config, 1);
        var contents = TinyCheckpoint.Contents(weights);

        _store.Save("a", contents with { Files = new ReopeningFiles(contents.Files, _store.Root) });

        _store.Load("a").Dispose();
    }

    [Fact]
    public void A_failed_save_leaves_nothing_behind()
    {
        using var weights = TransformerWeights.Initialise(TinyCheckpoint.Config, 1);
        var contents = TinyCheckpoint.Contents(weights);
        var files = new Dictionary<string, byte[]>(contents.Files) { ["config.json"] = [] };

        Assert.Equal(ErrorCode.Invalid, Assert.Throws<ChatLoopException>(() => _store.Save("a", contents with { Files = files })).Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_store.Root));
    }

    [Fact]
    public void A_checkpoint_needs_a_tokenizer()
    {
        using var weights = TransformerWeights.Initialise(TinyCheckpoint.Config, 1);
        var error = Assert.Throws<ChatLoopException>(
            () => _store.Save("a", new() { Weights = weights, Files = new Dictionary<string, byte[]>() }));
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_copies_and_verifies()
    {
        var source = new CheckpointStore(_folder["elsewhere"]);
        var saved = TinyCheckpoint.Save(source, "starter", seed: 1);
        var folder = Path.Combine(source.Root, "starter");

        Assert.Equal(saved.WeightsHash, _store.Import(folder, "checkpoints/starter").WeightsHash);
        Assert.Equal(saved.WeightsHash, _store.Import(folder, "checkpoints/starter").WeightsHash);
        _store.Load("checkpoints/starter").Dispose();

        File.Delete(Path.Combine(folder, "manifest.json"));
        Assert.Equal(saved.WeightsHash, _store.Import(folder, "without-manifest").WeightsHash);
    }

    [Fact]
    public void A_sentence_piece_model_is_a_tokenizer_too()
    {
        var model = File.ReadAllBytes(Path.Combine(TokenizerVector.FolderOf("sentencepiece"), "tokenizer.model"));
        var specials = ((string[])["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"]).Select((text, i) => $$"""  "{{1000 + i}}": { "content": "{{text}}", "special": true }""");
        using var weights = TransformerWeights.Initialise(TinyCheckpoint.Config with { VocabularySize = 1004 }, 1);
        _store.Save("a", new()
        {
            Weights = weights,
            Files = new Dictionary<string, byte[]>
            {
                ["tokenizer.model"] = model,
                ["tokenizer_config.json"] = Encoding.UTF8.GetBytes($$"""{ "added_tokens_decoder": { {{string.Join(',', specials)}} } }"""),
            },
        });
        File.Delete(InStore("a", "manifest.json"));
        _store.Import(InStore("a", ""), "imported");

        using var loaded = _store.Load("imported");

        Assert.Equal("héllo", loaded.Tokenizer.Decode(loaded.Tokenizer.Encode("héllo")));
        Assert.Equal(1002, loaded.Tokenizer.SpecialId("<|user|>"));
    }

    [Fact]
    public void Import_refuses_a_damaged_source()
    {
        TinyCheckpoint.Save(_store, "a", seed: 1);
        Change("model.safetensors", bytes => bytes[200] ^= 1);

        var error = Assert.Throws<ChatLoopException>(() => _store.Import(InStore("a", ""), "b"));

        Assert.Equal(ErrorCode.DamagedCheckpoint, error.Code);
        Assert.False(_store.Exists("b"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../elsewhere")]
    [InlineData("/etc")]
    [InlineData(".")]
    public void Folders_stay_inside_the_store(string folder) =>
        Assert.Equal(ErrorCode.Invalid, Assert.Throws<ChatLoopException>(() => _store.Load(folder)).Code);

    [Fact]
    public void Delete_removes_a_checkpoint()
    {
        TinyCheckpoint.Save(_store, "runs/a", seed: 1);
        _store.Delete("runs/a");
        _store.Delete("runs/a");
        Assert.False(Directory.Exists(InStore("runs/a", "")));
    }

    private string InStore(string folder, string file) => Path.Combine(_store.Root, folder, file);

    private string Hash(string folder, string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(InStore(folder, file))));

    private void Change(string file, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(InStore("a", file));
        change(bytes);
        File.WriteAllBytes(InStore("a", file), bytes);
    }

    /// <summary>The manifest of a saver that wrote a wrong file: hashes match, contents do not.</summary>
    private void WriteManifestAgain(string file)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(InStore("a", "manifest.json")))!;
        manifest["files"]![file] = new JsonObject { ["length"] = new FileInfo(InStore("a", file)).Length, ["sha256"] = Hash("a", file) };
        File.WriteAllText(InStore("a", "manifest.json"), manifest.ToJsonString());
    }

    private void AssertDamaged(string folder, params string[] parts)
    {
        var error = Assert.Throws<ChatLoopException>(() => _store.Load(folder));
        Assert.Equal(ErrorCode.DamagedCheckpoint, error.Code);
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Opens a second store on the same root in the middle of a save.</summary>
    private sealed class ReopeningFiles(IReadOnlyDictionary<string, byte[]> files, string root) : IReadOnlyDictionary<string, byte[]>
    {
        public IEnumerator<KeyValuePair<string, byte[]>> GetEnumerator()
        {
            _ = new CheckpointStore(root);
            return files.GetEnumerator();
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
        public byte[] this[string key] => files[key];
        public IEnumerable<string> Keys => files.Keys;
        public IEnumerable<byte[]> Values => files.Values;
        public int Count => files.Count;
        public bool ContainsKey(string key) => files.ContainsKey(key);
        public bool TryGetValue(string key, out byte[] value) => files.TryGetValue(key, out value!);
    }
}
