namespace ChatLoop.Model.Tokenizers;

/// <summary>Loads the tokenizer of a Hugging Face model folder.</summary>
public static class TokenizerFolder
{
    /// <summary>Reads tokenizer.json, and the roles of tokens from tokenizer_config.json and special_tokens_map.json where they are there.</summary>
    /// <exception cref="InvalidDataException">A file is missing, damaged or not supported; the message says which, what was found and what is supported.</exception>
    public static Tokenizer Load(string folder)
    {
        var path = Path.Combine(folder, TokenizerFile.Name);
        if (!File.Exists(path)) throw new InvalidDataException($"'{folder}' has no {TokenizerFile.Name}: copy it there from the model's own folder.");
        using var json = File.OpenRead(path);
        return BytePairTokenizer.Create(TokenizerFile.Read(json), NamedTokens.Read(folder));
    }

    /// <summary>Reads a tokenizer.json alone.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Load"/>.</exception>
    public static Tokenizer Read(Stream tokenizerJson) => BytePairTokenizer.Create(TokenizerFile.Read(tokenizerJson), new NamedTokens());
}
