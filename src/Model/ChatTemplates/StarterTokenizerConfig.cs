using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatLoop.Model.ChatTemplates;

/// <summary>
/// tokenizer_config.json of a model that ChatLoop trains itself, so that other tools write its chats as ChatLoop does.
/// </summary>
public static class StarterTokenizerConfig
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="maxTokens">The context window.</param>
    public static byte[] Write(int maxTokens) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
        ["add_bos_token"] = false,
        ["add_eos_token"] = false,
        ["eos_token"] = ChatTemplate.EndToken,
        ["pad_token"] = ChatTemplate.PadToken,
        ["clean_up_tokenization_spaces"] = false,
        ["model_max_length"] = maxTokens,
        ["chat_template"] = BuiltInTemplates.Starter,
    }, Readable);
}
