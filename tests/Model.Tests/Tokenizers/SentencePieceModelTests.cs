using ChatLoop.Model.Tokenizers;
using Google.Protobuf;

namespace ChatLoop.Model.Tests.Tokenizers;

/// <summary>A tokenizer.model without tokenizer.json, compared with the SentencePiece library.</summary>
public sealed class SentencePieceModelTests : IDisposable
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Texts_have_the_ids_that_SentencePiece_gives_them()
    {
        var tokenizer = TokenizerFolder.Load(TokenizerVector.FolderOf("sentencepiece"));

        Assert.All(TokenizerVector.OfFamily("sentencepiece"), vector =>
        {
            Assert.Equal(vector.Typed, tokenizer.Encode(vector.Text));
            Assert.Equal(vector.Decoded, tokenizer.Decode(vector.Typed));
        });
    }

    [Fact]
    public void The_model_itself_says_where_texts_begin_and_end()
    {
        var tokenizer = TokenizerFolder.Load(TokenizerVector.FolderOf("sentencepiece"));

        Assert.Equal((1, 2, null, true, false), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.AddsBos, tokenizer.AddsEos));
        Assert.Equal(["<unk>", "<s>", "</s>"], tokenizer.AddedTokens.Select(t => t.Content));
        Assert.True(tokenizer.StripsLeadingSpace);
    }

    [Fact]
    public void Control_and_user_defined_pieces_are_found_in_markup_only()
    {
        var tokenizer = Load(Model(Bpe, Identity, ("<unk>", 0, Unknown), ("<s>", 0, Control), ("hi", 0, UserDefined), ("▁", -1, Normal), ("h", -2, Normal), ("i", -3, Normal)));

        Assert.Equal([1, 2, 3, 5], tokenizer.EncodeMarkup("<s>hii"));
        Assert.Equal([3, 4, 5, 5], tokenizer.Encode("hii"));
        Assert.DoesNotContain(1, tokenizer.Encode("<s>"));
    }

    [Theory]
    [InlineData(null, new[] { 3, 4, 1, 3, 4 })]
    [InlineData("true", new[] { 3, 4, 1, 3, 4 })]
    [InlineData("false", new[] { 3, 4, 1, 4 })]
    public void The_configs_legacy_decides_whether_text_after_a_special_token_is_marked(string? legacy, int[] expected)
    {
        if (legacy is not null) File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), $$"""{"legacy":{{legacy}}}""");
        var tokenizer = Load(Model(Bpe, Identity, ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("▁", -1, Normal), ("h", -2, Normal)));

        Assert.Equal(expected, tokenizer.EncodeMarkup("h<s>h"));
    }

    public static TheoryData<byte[], string> Unusable => new()
    {
        { [0xFF, 0xFF], "damaged" },
        { [], "no pieces" },
        { Model(trainer: [(3, 1)], Identity, ("a", 0, Normal)), "unigram" },
        { Model(trainer: [], Identity, ("a", 0, Normal)), "unigram" },
        { Model(Bpe, normalizer: [(4, 1)], ("a", 0, Normal)), "remove_extra_whitespaces" },
        { Model(Bpe, normalizer: [(4, 0), (5, 0)], ("a", 0, Normal)), "escape_whitespaces" },
        { Model(trainer: [(3, 2), (24, 1)], Identity, ("a", 0, Normal)), "treat_whitespace_as_suffix" },
        { Model(Bpe, Identity, ("a", 0, 5)), "unused" },
        { Model(Bpe, Identity, ("a", 0, Normal), ("a", 0, Normal)), "twice" },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public void A_model_that_cannot_be_used_says_why(byte[] model, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(model));

        Assert.Contains("tokenizer.model", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_named() =>
        Assert.Contains(_folder, Assert.Throws<InvalidDataException>(() => TokenizerFolder.Load(_folder)).Message, StringComparison.Ordinal);

    private static readonly (int, int)[] Bpe = [(3, 2)];
    private static readonly (int, int)[] Identity = [(4, 0)];

    private Tokenizer Load(byte[] model)
    {
        File.WriteAllBytes(Path.Combine(_folder, "tokenizer.model"), model);
        return TokenizerFolder.Load(_folder);
    }

    /// <summary>A ModelProto: pieces, trainer_spec and normalizer_spec, the latter two as field numbers and values.</summary>
    private static byte[] Model((int Field, int Value)[] trainer, (int Field, int Value)[] normalizer, params (string Text, float Score, int Kind)[] pieces) => Message(model =>
    {
        foreach (var (text, score, kind) in pieces)
        {
            Add(model, 1, Message(piece =>
            {
                piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                piece.WriteString(text);
                piece.WriteTag(2, WireFormat.WireType.Fixed32);
                piece.WriteFloat(score);
                piece.WriteTag(3, WireFormat.WireType.Varint);
                piece.WriteEnum(kind);
            }));
        }
        Add(model, 2, Numbers(trainer));
        Add(model, 3, Numbers(normalizer));
    });

    private static byte[] Numbers((int Field, int Value)[] fields) => Message(message =>
    {
        foreach (var (field, value) in fields)
        {
            message.WriteTag(field, WireFormat.WireType.Varint);
            message.WriteInt32(value);
        }
    });

    private static void Add(CodedOutputStream to, int field, byte[] message)
    {
        to.WriteTag(field, WireFormat.WireType.LengthDelimited);
        to.WriteBytes(ByteString.CopyFrom(message));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) write(output);
        return bytes.ToArray();
    }
}
