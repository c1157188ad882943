using System.Text.Json;
using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// Turns a tokenizer.model into the tokenizer.json that stands for it, as transformers does (LlamaConverter and SentencePieceExtractor):
/// SentencePiece merges the two neighbours whose union has the highest score, so that the splits of each piece, best score first, are
/// the merges.
/// </summary>
internal static class SentencePieceConversion
{
    private static readonly object ReplaceSpace = new { type = "Replace", pattern = new { String = " " }, content = "▁" };

    /// <param name="model">The model.</param>
    /// <param name="marksOnlyStart">The mark goes before the whole text only, not also after special tokens ("legacy": false in tokenizer_config.json).</param>
    public static TokenizerFile Convert(SentencePieceModel model, bool marksOnlyStart)
    {
        var vocabulary = model.Pieces.Index().ToDictionary(p => p.Item.Text, p => p.Index, StringComparer.Ordinal);
        var added = model.Pieces.Index().Where(p => p.Item.Kind is PieceKind.Control or PieceKind.Unknown or PieceKind.UserDefined)
            .Select(p => new AddedToken(p.Index, p.Item.Text, IsSpecial: p.Item.Kind != PieceKind.UserDefined));
        return new(vocabulary, [.. Merges(model)], [.. added], IgnoresMerges: false, model.ByteFallback,
            UnknownToken: model.Pieces.FirstOrDefault(p => p.Kind == PieceKind.Unknown).Text, FusesUnknown: true)
        {
            Normalizer = Normalizer(model.AddsDummyPrefix, marksOnlyStart),
            PreTokenizer = model.AddsDummyPrefix && marksOnlyStart
                ? Step(new { type = "Metaspace", replacement = "▁", prepend_scheme = "first", split = false })
                : null,
            Decoder = model.AddsDummyPrefix
                ? Step(new { type = "Strip", content = " ", start = 1, stop = 0 })
                : null,
        };
    }

    /// <summary>The names, completed by the model's own; a model with a begin of text expects it unless the config says otherwise.</summary>
    public static NamedTokens Name(SentencePieceModel model, NamedTokens named)
    {
        var bos = named.Bos ?? Control(model.BosId);
        return named with
        {
            Bos = bos,
            Eos = named.Eos ?? Control(model.EosId),
            Pad = named.Pad ?? Control(model.PadId),
            AddsBos = named.SaysWhatIsAdded ? named.AddsBos : bos is not null,
        };

        string? Control(int id) => id >= 0 && id < model.Pieces.Count && model.Pieces[id] is { Kind: PieceKind.Control } piece ? piece.Text : null;
    }

    private static JsonFields? Normalizer(bool addsDummyPrefix, bool marksOnlyStart) => (addsDummyPrefix, marksOnlyStart) switch
    {
        (true, true) => null,
        (true, false) => Step(
            new { type = "Sequence", normalizers = (object[])[new { type = "Prepend", prepend = "▁" }, ReplaceSpace] }),
        (false, _) => Step(ReplaceSpace),
    };

    private static JsonFields Step(object step) => new(SentencePieceModel.Name, JsonSerializer.SerializeToElement(step));

    /// <summary>Of the splits of one piece, those with the longest left side come first.</summary>
    private static IEnumerable<(string Left, string Right)> Merges(SentencePieceModel model)
    {
        var pieces = model.Pieces.Where(p => p.Kind == PieceKind.Normal).ToDictionary(p => p.Text, StringComparer.Ordinal);
        foreach (var piece in pieces.Values.OrderByDescending(p => p.Score))
        {
            for (var length = piece.Text.Length - 1; length > 0; length--)
            {
                var (left, right) = (piece.Text[..length], piece.Text[length..]);
                if (pieces.ContainsKey(left) && pieces.ContainsKey(right)) yield return (left, right);
            }
        }
    }
}
