using System.Text;
using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>The BPE tokenizer of a Hugging Face tokenizer.json, byte-level or with SentencePiece's space marks.</summary>
internal sealed class BytePairTokenizer : Tokenizer
{
    private readonly PreTokenization _preTokenization;
    private readonly BytePairEncoder _encoder;

    private BytePairTokenizer(
        TokenizerFile file, PreTokenization preTokenization, IReadOnlyCollection<AddedToken> added, NamedTokens named)
        : base(BytesOf(file, preTokenization.IsByteLevel, added), added, named, Normalization.Read(file.Normalizer))
    {
        _preTokenization = preTokenization;
        var reserved = added.Where(t => t.IsSpecial).Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        _encoder = new(file, preTokenization.IsByteLevel, reserved);
        StripsLeadingSpace = ReadDecoder(file.Decoder, preTokenization.IsByteLevel);
    }

    public override bool StripsLeadingSpace { get; }

    /// <exception cref="InvalidDataException">Something in the file is missing or not supported.</exception>
    public static BytePairTokenizer Create(TokenizerFile file, NamedTokens named)
    {
        var known = file.AddedTokens.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        List<AddedToken> added = [.. file.AddedTokens.Concat(named.Added.Where(t => !known.Contains(t.Content)))
            .Select(t => t with { IsSpecial = t.IsSpecial || named.Special.Contains(t.Content) })];
        if (added.GroupBy(t => t.Content, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw TokenizerFile.Unsupported($"added token '{twice.Key}' is there twice");
        return new(file, new PreTokenization(file.PreTokenizer), added, PostProcessing.Read(file.PostProcessor, named));
    }

    private protected override void EncodeWords(string text, bool atStart, List<int> ids)
    {
        foreach (var word in _preTokenization.Split(text, atStart)) _encoder.Encode(word.Text.Span, ids);
    }

    private static byte[][] BytesOf(TokenizerFile file, bool isByteLevel, IReadOnlyCollection<AddedToken> added)
    {
        if (isByteLevel) RequireAscii(file.Vocabulary);
        var bytes = new byte[Math.Max(file.Vocabulary.Values.Max(), added.Select(t => t.Id).DefaultIfEmpty(-1).Max()) + 1][];
        Array.Fill(bytes, []);
        foreach (var (token, id) in file.Vocabulary)
        {
            if (id < 0) throw TokenizerFile.Unsupported($"token '{token}' has the id {id}");
            bytes[id] = isByteLevel ? ByteAlphabet.TryRead(token) ?? Encoding.UTF8.GetBytes(token) : PieceBytes(token, file.ByteFallback);
        }
        foreach (var token in added) bytes[token.Id] = token.IsSpecial ? [] : Encoding.UTF8.GetBytes(token.Content);
        return bytes;
    }

    /// <summary>
    /// Vocabularies learnt from text may lack bytes that it did not have, which are then dropped; without the printable ones the file
    /// is damaged.
    /// </summary>
    private static void RequireAscii(IReadOnlyDictionary<string, int> vocabulary)
    {
        for (var character = ' '; character <= '~'; character++)
        {
            if (!vocabulary.ContainsKey(ByteAlphabet.CharacterOf((byte)character).ToString()))
                throw TokenizerFile.Unsupported($"it has no token for the single byte 0x{(int)character:X2} ('{character}')");
        }
    }

    /// <summary>The bytes of a token in a SentencePiece vocabulary.</summary>
    internal static byte[] PieceBytes(string token, bool byteFallback) => byteFallback && BytePairEncoder.IsByteToken(token)
        ? [Convert.FromHexString(token.AsSpan(3, 2))[0]]
        : Encoding.UTF8.GetBytes(token.Replace(PreTokenization.SpaceMark, ' '));

    /// <returns>Whether decoding leaves out the first space.</returns>
    private static bool ReadDecoder(JsonFields? decoder, bool isByteLevel)
    {
        var strips = false;
        foreach (var step in decoder.Steps("decoders"))
        {
            var type = step.OptionalText("type");
            strips |= (type == "Strip" && step.OptionalText("content") == " " && step.OptionalNumber("start") is 1 && step.OptionalNumber("stop") is 0)
                || (type == "Metaspace" && PreTokenization.MetaspaceScheme(step) != "never");
            var supported = isByteLevel
                ? type == "ByteLevel"
                : type is "ByteFallback" or "Fuse" or "Metaspace" || (type == "Strip" && strips) || IsSpaceReplacement(step);
            if (!supported) throw TokenizerFile.Unsupported($"decoder {step} does not fit the pre-tokenizer");
        }
        return strips;
    }

    private static bool IsSpaceReplacement(JsonFields step) => step.OptionalText("type") == "Replace"
        && step.OptionalObject("pattern")?.OptionalText("String") is [PreTokenization.SpaceMark] && step.OptionalText("content") == " ";
}
