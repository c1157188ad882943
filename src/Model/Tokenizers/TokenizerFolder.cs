namespace ChatLoop.Model.Tokenizers;

/// <summary>Loads the tokenizer of a Hugging Face model folder.</summary>
public static class TokenizerFolder
{
    /// <summary>
    /// Reads tokenizer.json, or tokenizer.model where there is none, and the roles of tokens from tokenizer_config.json and
    /// special_tokens_map.json where they are there.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is missing, damaged or not supported; the message says which, what was found and what is supported.</exception>
    public static Tokenizer Load(string folder)
    {
        var named = NamedTokens.Read(folder);
        if (TryOpen(folder, TokenizerFile.Name) is { } json)
        {
            using (json) return BytePairTokenizer.Create(TokenizerFile.Read(json), named);
        }
        using var stream = TryOpen(folder, SentencePieceModel.Name) ?? throw new InvalidDataException(
            $"'{folder}' has neither {TokenizerFile.Name} nor {SentencePieceModel.Name}: copy one there from the model's own folder.");
        var model = SentencePieceModel.Read(stream);
        return BytePairTokenizer.Create(SentencePieceConversion.Convert(model, marksOnlyStart: !named.IsLegacy), SentencePieceConversion.Name(model, named));
    }

    /// <summary>Reads a tokenizer.json alone.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Load"/>.</exception>
    public static Tokenizer Read(Stream tokenizerJson) => BytePairTokenizer.Create(TokenizerFile.Read(tokenizerJson), new NamedTokens());

    private static FileStream? TryOpen(string folder, string name) =>
        Path.Combine(folder, name) is var path && File.Exists(path) ? File.OpenRead(path) : null;
}
