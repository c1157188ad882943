using System.Text;
using System.Text.Json.Nodes;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Tests.Families;

/// <summary>The values are those of published models' config.json and of transformers' documented defaults.</summary>
public sealed class HuggingFaceConfigTests
{
    private const string Llama32 = """
        {"architectures":["LlamaForCausalLM"],"attention_bias":false,"bos_token_id":128000,"eos_token_id":[128001,128008,128009],"head_dim":64,
         "hidden_act":"silu","hidden_size":2048,"intermediate_size":8192,"max_position_embeddings":131072,"mlp_bias":false,"model_type":"llama",
         "num_attention_heads":32,"num_hidden_layers":16,"num_key_value_heads":8,"pretraining_tp":1,"rms_norm_eps":1e-05,
         "rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"},
         "rope_theta":500000.0,"tie_word_embeddings":true,"torch_dtype":"bfloat16","vocab_size":128256}
        """;

    private const string Qwen25 = """
        {"architectures":["Qwen2ForCausalLM"],"bos_token_id":151643,"eos_token_id":151645,"hidden_act":"silu","hidden_size":896,
         "intermediate_size":4864,"max_position_embeddings":32768,"max_window_layers":21,"model_type":"qwen2","num_attention_heads":14,
         "num_hidden_layers":24,"num_key_value_heads":2,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,
         "tie_word_embeddings":true,"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":151936}
        """;

    private const string Qwen3 = """
        {"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"bos_token_id":151643,"eos_token_id":151645,"head_dim":128,
         "hidden_act":"silu","hidden_size":1024,"intermediate_size":3072,"max_position_embeddings":40960,"max_window_layers":28,
         "model_type":"qwen3","num_attention_heads":16,"num_hidden_layers":28,"num_key_value_heads":8,"rms_norm_eps":1e-06,
         "rope_scaling":null,"rope_theta":1000000,"sliding_window":null,"tie_word_embeddings":true,"use_sliding_window":false,"vocab_size":151936}
        """;

    private const string Mistral01 = """
        {"architectures":["MistralForCausalLM"],"bos_token_id":1,"eos_token_id":2,"hidden_act":"silu","hidden_size":4096,
         "intermediate_size":14336,"max_position_embeddings":32768,"model_type":"mistral","num_attention_heads":32,"num_hidden_layers":32,
         "num_key_value_heads":8,"rms_norm_eps":1e-05,"rope_theta":10000.0,"sliding_window":4096,"tie_word_embeddings":false,
         "torch_dtype":"bfloat16","vocab_size":32000}
        """;

    private const string Gpt2 = """
        {"activation_function":"gelu_new","architectures":["GPT2LMHeadModel"],"attn_pdrop":0.1,"bos_token_id":50256,"embd_pdrop":0.1,
         "eos_token_id":50256,"layer_norm_epsilon":1e-05,"model_type":"gpt2","n_ctx":1024,"n_embd":768,"n_head":12,"n_layer":12,
         "n_positions":1024,"resid_pdrop":0.1,"vocab_size":50257}
        """;

    public static TheoryData<string> Published => [Llama32, Qwen25, Qwen3, Mistral01, Gpt2];

    [Fact]
    public void Llama_3_2_1B()
    {
        var config = Read(Llama32);

        Assert.Equal((ModelFamily.Llama, 64, true), (config.Family, config.HeadSize, config.TieEmbeddings));
        Assert.Equal([128001, 128008, 128009], config.EosTokenIds);
        Assert.Equal(new Llama3RopeScaling(32, 1, 4, 8192), config.RopeScaling);
        Assert.Equal(1_235_814_400, Parameters(config));
    }

    [Fact]
    public void Qwen_2_5_half_a_billion()
    {
        var config = Read(Qwen25);

        Assert.Equal((ModelFamily.Qwen2, 64, (int?)null), (config.Family, config.HeadSize, config.SlidingWindow));
        Assert.Equal(494_032_768, Parameters(config));
    }

    [Fact]
    public void Qwen_3_0_6B()
    {
        var config = Read(Qwen3);

        Assert.Equal((ModelFamily.Qwen3, 128, 1_000_000.0), (config.Family, config.HeadSize, config.RopeTheta));
        Assert.Equal(596_049_920, Parameters(config));
    }

    [Fact]
    public void Mistral_7B()
    {
        var config = Read(Mistral01);

        Assert.Equal((ModelFamily.Mistral, 4096), (config.Family, config.WindowOf(0)));
        Assert.Equal(7_241_732_096, Parameters(config));
        Assert.Null(Read(With(Mistral01, "sliding_window", null)).SlidingWindow);
    }

    [Fact]
    public void Gpt_2_small()
    {
        var config = Read(Gpt2);

        Assert.Equal((ModelFamily.Gpt2, 3072, 1024, true), (config.Family, config.IntermediateSize, config.MaxPositions, config.TieEmbeddings));
        Assert.Equal(124_439_808, Parameters(config));
    }

    /// <summary>SmolLM2-135M: nine heads of 64, three for keys and values.</summary>
    [Fact]
    public void SmolLM_2_135M()
    {
        var config = Read("""
            {"architectures":["LlamaForCausalLM"],"bos_token_id":0,"eos_token_id":0,"hidden_act":"silu","hidden_size":576,"intermediate_size":1536,
             "max_position_embeddings":8192,"model_type":"llama","num_attention_heads":9,"num_hidden_layers":30,"num_key_value_heads":3,
             "rms_norm_eps":1e-05,"rope_theta":100000,"tie_word_embeddings":true,"vocab_size":49152}
            """);

        Assert.Equal(134_515_008, Parameters(config));
    }

    [Fact]
    public void Windowed_layers_are_named_by_number_or_by_type()
    {
        var byNumber = Read(With(Qwen25, "use_sliding_window", true));
        Assert.Equal((null, 32768), (byNumber.WindowOf(20), byNumber.WindowOf(21)));

        var types = new JsonArray([.. Enumerable.Range(0, 24).Select(i => JsonValue.Create(i % 2 == 0 ? "full_attention" : "sliding_attention"))]);
        var byType = Read(With(With(Qwen25, "use_sliding_window", true), "layer_types", types));
        Assert.Equal((null, 32768, null), (byType.WindowOf(0), byType.WindowOf(1), byType.WindowOf(22)));
    }

    /// <summary>transformers 5 moved theta and scaling into one object.</summary>
    [Fact]
    public void Rope_parameters_of_newer_files()
    {
        var root = JsonNode.Parse(Llama32)!.AsObject();
        root.Remove("rope_theta");
        root.Remove("rope_scaling");
        root["rope_parameters"] = JsonNode.Parse("""{"rope_type":"yarn","rope_theta":12345.0,"factor":4.0,"original_max_position_embeddings":32768}""");

        var config = Read(root.ToJsonString());

        Assert.Equal((12345, new YarnRopeScaling(4, 32768)), (config.RopeTheta, config.RopeScaling));
        Assert.Equal(0.1 * Math.Log(4) + 1, config.RopeScaling!.AttentionFactor, 1e-12);
    }

    [Theory, MemberData(nameof(Published))]
    public void What_is_written_is_read_again(string json) => AssertRoundTrip(Read(json));

    [Theory, MemberData(nameof(FamilyModel.Names), MemberType = typeof(FamilyModel))]
    public void Configs_of_all_variants_are_written_and_read_again(string name) => AssertRoundTrip(HuggingFaceFolder.ReadConfig(FamilyModel.Folder(name)));

    [Fact]
    public void End_tokens_of_the_generation_config_win() => Assert.Equal([2, 3, 5], HuggingFaceFolder.ReadConfig(FamilyModel.Folder("llama3")).EosTokenIds);

    [Theory]
    [InlineData("model_type", "\"bert\"", "'model_type'", "llama, mistral, qwen2, qwen3, gpt2", "\"bert\"")]
    [InlineData("model_type", "null", "'model_type'", "found nothing")]
    [InlineData("architectures", "[\"LlamaForSequenceClassification\"]", "'architectures'", "LlamaForCausalLM", "LlamaForSequenceClassification")]
    [InlineData("hidden_size", "null", "'hidden_size'", "positive whole number", "found nothing")]
    [InlineData("hidden_size", "-3", "'hidden_size'", "positive whole number", "-3")]
    [InlineData("hidden_size", "\"big\"", "'hidden_size'", "whole number", "\"big\"")]
    [InlineData("num_key_value_heads", "5", "num_attention_heads 32", "num_key_value_heads 5")]
    [InlineData("hidden_act", "\"gelu\"", "'hidden_act'", "\"silu\"", "\"gelu\"")]
    [InlineData("rms_norm_eps", "\"tiny\"", "'rms_norm_eps'", "a number", "\"tiny\"")]
    [InlineData("rope_scaling", "{\"rope_type\":\"longrope\"}", "'rope_scaling.rope_type'", "linear, llama3 or yarn", "longrope")]
    [InlineData("rope_scaling", "{\"rope_type\":\"llama3\",\"factor\":8}", "'rope_scaling.low_freq_factor'", "found nothing")]
    [InlineData("rope_scaling", "{\"type\":\"linear\",\"factor\":0.5}", "'factor'", "at least 1", "0.5")]
    [InlineData("tie_word_embeddings", "1", "'tie_word_embeddings'", "true or false", "found 1")]
    [InlineData("eos_token_id", "[2,\"x\"]", "'eos_token_id'", "token ids")]
    [InlineData("quantization_config", "{\"bits\":4}", "'quantization_config'", "float32, float16 or bfloat16")]
    [InlineData("partial_rotary_factor", "0.5", "'partial_rotary_factor'", "1", "0.5")]
    public void What_cannot_be_computed_is_named(string field, string value, params string[] expected)
    {
        var json = With(Llama32, field, JsonNode.Parse(value));

        var error = Assert.Throws<InvalidDataException>(() => Read(json));

        Assert.All(["config.json", .. expected], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("activation_function", "\"relu\"", "'activation_function'", "gelu_new", "relu")]
    [InlineData("scale_attn_by_inverse_layer_idx", "true", "'scale_attn_by_inverse_layer_idx'", "false", "true")]
    [InlineData("n_head", "7", "n_embd 768", "n_head 7")]
    public void What_gpt_2_cannot_compute_is_named(string field, string value, params string[] expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(With(Gpt2, field, JsonNode.Parse(value))));
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static void AssertRoundTrip(TransformerConfig config)
    {
        using var stream = new MemoryStream();
        HuggingFaceConfig.Write(stream, config);
        var again = HuggingFaceConfig.Read("config.json", stream.ToArray());

        Assert.Equal(config.EosTokenIds, again.EosTokenIds);
        Assert.Equal(config.FullAttentionLayers, again.FullAttentionLayers);
        // Lists compare by reference in a record.
        Assert.Equal(config, again with { EosTokenIds = config.EosTokenIds, FullAttentionLayers = config.FullAttentionLayers });
    }

    private static TransformerConfig Read(string json) => HuggingFaceConfig.Read("folder/config.json", Encoding.UTF8.GetBytes(json));

    private static string With(string json, string field, JsonNode? value)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        root[field] = value;
        return root.ToJsonString();
    }

    private static long Parameters(TransformerConfig config) =>
        TransformerWeights.Shapes(config).Values.Sum(shape => shape.Aggregate(1L, (product, d) => product * d));
}
