using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Tokenizers;

/// <summary>A vocabulary small enough to reason about by hand: 4 special tokens, 256 bytes, then the given merges.</summary>
internal static class TinyTokenizer
{
    public const int FirstByte = 4;
    public const int FirstMerge = FirstByte + 256;

    public static TokenizerJson Json(params (string Left, string Right)[] merges)
    {
        var specials = ChatTemplate.SpecialTokens.Select((text, id) => (text, id)).ToDictionary(t => t.text, t => t.id);
        var vocabulary = new Dictionary<string, int>(specials);
        foreach (var character in ByteAlphabet.All) vocabulary[character.ToString()] = vocabulary.Count;
        foreach (var (left, right) in merges) vocabulary[left + right] = vocabulary.Count;
        return new(vocabulary, merges, specials, TokenizerJson.SingleDigitPattern);
    }

    /// <summary>Writes the file and loads it again, as every user of a checkpoint does.</summary>
    public static Tokenizer Create(params (string Left, string Right)[] merges)
    {
        return Json(merges).ToTokenizer();
    }
}
