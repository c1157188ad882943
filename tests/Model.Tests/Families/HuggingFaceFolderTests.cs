using System.Text.Json;
using System.Text.Json.Nodes;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Families;

public sealed class HuggingFaceFolderTests : IDisposable
{
    private const string Weights = "model.safetensors";
    private const string Index = "model.safetensors.index.json";
    private const string Second = "model-00002-of-00002.safetensors";

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>Every family and type is written so that it reads as it was, by us and by the independent reader.</summary>
    [Theory, MemberData(nameof(FamilyModel.Names), MemberType = typeof(FamilyModel))]
    public void A_saved_folder_is_the_loaded_one(string name)
    {
        using var original = HuggingFaceFolder.Load(FamilyModel.Folder(name));
        HuggingFaceFolder.Save(_folder["copy"], original, Type(original), new Dictionary<string, byte[]>());

        using var copy = HuggingFaceFolder.Load(_folder["copy"]);

        Assert.Equal(original.ByName.Keys, copy.ByName.Keys);
        foreach (var (tensor, weight) in original.ByName)
        {
            Assert.Equal(weight.dtype, copy.ByName[tensor].dtype);
            Assert.True(weight.equal(copy.ByName[tensor]).all().item<bool>(), tensor);
        }
        Assert.Equal(original.Config.EosTokenIds, copy.Config.EosTokenIds);
        Assert.Null(original.Config.DifferenceFrom(copy.Config));
    }

    [Theory]
    [InlineData("llama-linear", ScalarType.Float32)]
    [InlineData("llama-sharded", ScalarType.BFloat16)]
    [InlineData("mistral", ScalarType.BFloat16)]
    [InlineData("qwen2-window", ScalarType.Float32)]
    [InlineData("qwen2-yarn", ScalarType.Float16)]
    [InlineData("qwen3", ScalarType.Float32)]
    [InlineData("gpt2", ScalarType.BFloat16)]
    public async Task The_independent_reader_computes_the_same_from_a_saved_folder(string name, ScalarType type)
    {
        using (var original = HuggingFaceFolder.Load(FamilyModel.Folder(name), ScalarType.Float32))
            HuggingFaceFolder.Save(_folder["copy"], original, type, new Dictionary<string, byte[]>());
        var prompt = FamilyModel.Vectors(name)[2].Prompt;

        var output = await ReferencePython.Run("logits", _folder["copy"], string.Join(',', prompt));

        var vector = new ReferenceVector(prompt, JsonSerializer.Deserialize<float[][]>(output)!, []);
        using var scope = NewDisposeScope();
        using var copy = new Transformer(HuggingFaceFolder.Load(_folder["copy"]));
        Assert.Equal(type, copy.Weights.Embedding.dtype);
        Assert.InRange(FamilyModel.Error(vector, copy.Logits(copy.Hidden(FamilyModel.Row(prompt)))[0]), 0, 1e-4);
    }

    [Fact]
    public void Save_refuses_a_folder_with_files_and_leaves_nothing_half_written()
    {
        using var weights = HuggingFaceFolder.Load(FamilyModel.Folder("llama2"));
        Directory.CreateDirectory(_folder["full"]);
        File.WriteAllText(_folder["full/mine.txt"], "mine");

        Assert.Contains("'" + _folder["full"], Assert.Throws<IOException>(() => Save("full", [])).Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => Save("other", new() { ["config.json"] = [] }));

        Assert.Equal([_folder["full"]], Directory.EnumerateFileSystemEntries(_folder.Path));

        void Save(string folder, Dictionary<string, byte[]> files) => HuggingFaceFolder.Save(_folder[folder], weights, ScalarType.Float32, files);
    }

    [Fact]
    public void A_tied_output_may_be_stored_if_it_is_the_embedding()
    {
        var tensors = Copy("smollm2");
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone();
        Write(tensors);
        HuggingFaceFolder.Load(_folder.Path).Dispose();

        using (no_grad()) tensors["lm_head.weight"].neg_();
        Write(tensors);
        Fails(Weights, "'lm_head.weight'", "'model.embed_tokens.weight'", "tie_word_embeddings", "found others");
    }

    [Theory]
    [InlineData("missing", "'model.layers.1.mlp.up_proj.weight'", "[56, 32]", "missing")]
    [InlineData("misshaped", "'model.layers.1.mlp.up_proj.weight'", "[32, 56]", "expected [56, 32]")]
    [InlineData("twice", "'layers.1.mlp.up_proj.weight'", "expected once", "'model.layers.1.mlp.up_proj.weight'")]
    [InlineData("unknown", "'model.layers.2.mlp.up_proj.weight'", "not part of a Llama model")]
    public void A_wrong_tensor_is_named(string change, params string[] expected)
    {
        var tensors = Copy("llama2");
        const string Name = "model.layers.1.mlp.up_proj.weight";
        switch (change)
        {
            case "missing": tensors.Remove(Name); break;
            case "misshaped": tensors[Name] = tensors[Name].t().contiguous(); break;
            case "twice": tensors["layers.1.mlp.up_proj.weight"] = tensors[Name]; break;
            default: tensors["model.layers.2.mlp.up_proj.weight"] = tensors[Name]; break;
        }
        Write(tensors);

        Fails([Weights, .. expected]);
    }

    [Fact]
    public void Weights_of_another_type_are_named()
    {
        Copy("gpt2");
        var bytes = File.ReadAllBytes(_folder[Weights]);
        var at = bytes.AsSpan().IndexOf("\"ln_f.bias\": {\"dtype\": \"F32\""u8);
        "\"ln_f.bias\": {\"dtype\": \"I32\""u8.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(_folder[Weights], bytes);

        Fails(Weights, "'ln_f.bias'", "I32", "expected F32, F16 or BF16");
    }

    [Fact]
    public void A_damaged_header_is_named()
    {
        Copy("llama2");
        var bytes = File.ReadAllBytes(_folder[Weights]);
        File.WriteAllBytes(_folder[Weights], bytes.AsSpan(0, bytes.Length - 100).ToArray());
        Fails(Weights, $"expected bytes up to {bytes.Length}", $"found a file of {bytes.Length - 100} bytes", "truncated");

        bytes[9] = (byte)'!';
        File.WriteAllBytes(_folder[Weights], bytes);
        Fails(Weights, "not JSON");
    }

    [Theory]
    [InlineData("shard missing", Second, "missing", Index)]
    [InlineData("listed, not stored", Second, "'model.layers.9.weight'", "expected here", "found nothing")]
    [InlineData("stored, not listed", Index, "'lm_head.weight'", Second, "found none")]
    [InlineData("stored elsewhere", Second, "'lm_head.weight'", "expected in model-00001-of-00002.safetensors")]
    [InlineData("no map", Index, "'weight_map'", "found nothing")]
    [InlineData("path outside", Index, "'lm_head.weight'", "file beside the index", "../secret")]
    [InlineData("not json", Index, "not JSON")]
    public void An_index_that_disagrees_with_the_shards_is_refused(string change, params string[] expected)
    {
        CopyFiles("llama-sharded");
        var index = JsonNode.Parse(File.ReadAllText(_folder[Index]))!;
        var map = index["weight_map"]!.AsObject();
        switch (change)
        {
            case "shard missing": File.Delete(_folder[Second]); break;
            case "listed, not stored": map["model.layers.9.weight"] = Second; break;
            case "stored, not listed": map.Remove("lm_head.weight"); break;
            case "stored elsewhere": map["lm_head.weight"] = "model-00001-of-00002.safetensors"; break;
            case "path outside": map["lm_head.weight"] = "../secret"; break;
            case "no map": index.AsObject().Remove("weight_map"); break;
        }
        File.WriteAllText(_folder[Index], change == "not json" ? "{" : index.ToJsonString());

        Fails(expected);
    }

    [Fact]
    public void A_folder_without_weights_or_config_says_what_is_there()
    {
        CopyFiles("llama2");
        File.Move(_folder[Weights], _folder["pytorch_model.bin"]);
        Fails(Weights, "found config.json, pytorch_model.bin", "safetensors");

        File.Delete(_folder["config.json"]);
        Fails("config.json", "missing");
    }

    private static ScalarType Type(TransformerWeights weights) => weights.Embedding.dtype;

    private void Fails(params string[] expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Load(_folder.Path));
        Assert.All([_folder.Path, .. expected], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    /// <summary>Copies a model and returns its tensors, to be written back changed.</summary>
    private Dictionary<string, Tensor> Copy(string name)
    {
        CopyFiles(name);
        using var file = SafetensorsFile.Open(_folder[Weights]);
        return file.Entries.Where(e => e.Type is not null).ToDictionary(e => e.Name, e => file.Read(e));
    }

    private void CopyFiles(string name)
    {
        foreach (var file in Directory.EnumerateFiles(FamilyModel.Folder(name)).Where(f => Path.GetFileName(f) != "vectors.json"))
            File.Copy(file, _folder[Path.GetFileName(file)], overwrite: true);
    }

    private void Write(Dictionary<string, Tensor> tensors)
    {
        using var file = File.Create(_folder[Weights]);
        Safetensors.Write(file, tensors);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }
}
