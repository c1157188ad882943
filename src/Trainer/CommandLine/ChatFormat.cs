using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>Other tools learn a model's chat format from tokenizer_config.json, which older starters lack.</summary>
internal static class ChatFormat
{
    /// <summary>The checkpoint's files with a tokenizer_config.json; as they are where the chat format is not the starter's.</summary>
    public static IReadOnlyDictionary<string, byte[]> FilesOf(LoadedCheckpoint checkpoint)
    {
        var added = checkpoint.Tokenizer.AddedTokens.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        if (checkpoint.Files.ContainsKey(CheckpointFiles.TokenizerConfig) || !ChatTemplate.SpecialTokens.All(added.Contains)) return checkpoint.Files;
        return new Dictionary<string, byte[]>(checkpoint.Files, StringComparer.Ordinal)
        {
            [CheckpointFiles.TokenizerConfig] = StarterTokenizerConfig.Write(checkpoint.Transformer.Config.MaxPositions),
        };
    }
}
