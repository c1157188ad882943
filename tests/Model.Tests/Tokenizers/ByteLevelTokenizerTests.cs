using System.Text;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tokenizers;
using CsCheck;

namespace ChatLoop.Model.Tests.Tokenizers;

public sealed class ByteLevelTokenizerTests
{
    private static readonly (string, string)[] Merges =
        [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("Ġw", "o"), ("1", "2"), ("Ã", "¤"), ("<", "|")];

    private readonly Tokenizer _tokenizer = TinyTokenizer.Create(Merges);

    private static Gen<string> OneOf(params string[] parts) => Gen.Int[0, parts.Length - 1].Select(i => parts[i]);

    [Fact]
    public void Any_text_round_trips() => Gen.Int[0, 0x10FFFF]
        .Where(Rune.IsValid).Select(c => new Rune(c).ToString()).Array[0, 60].Select(string.Concat)
        .Sample(text => Assert.Equal(text, _tokenizer.Decode(_tokenizer.Encode(text))));

    [Fact]
    public void Everyday_text_round_trips() =>
        OneOf("hello", " world", "hell", "ä", "12", "\n", "\r\n", "  ", "'s", "日本", "👩‍👩‍👧", "<|end|>", "\t", "!", "é", " ")
            .Array[0, 20].Select(string.Concat)
            .Sample(text => Assert.Equal(text, _tokenizer.Decode(_tokenizer.Encode(text))));

    [Fact]
    public void No_text_becomes_a_special_token() =>
        OneOf("<|end|>", "<|user|>", "<|assistant|>", "<|pad|>", " ", "a", "<", "|", "end", ">")
            .Array[1, 12].Select(string.Concat)
            .Sample(text => Assert.All(_tokenizer.Encode(text), id => Assert.True(id >= TinyTokenizer.FirstByte)));

    [Fact]
    public void Merges_apply_in_their_order_within_a_word()
    {
        // "hello" is one token by its four merges; " wo" by two; 'r' and 'd' have none.
        var hello = TinyTokenizer.FirstMerge + 3;
        var wo = TinyTokenizer.FirstMerge + 5;
        Assert.Equal([hello, wo, TinyTokenizer.FirstByte + 'r', TinyTokenizer.FirstByte + 'd'], _tokenizer.Encode("hello word"));
    }

    [Fact]
    public void Every_digit_is_its_own_token_even_where_a_merge_exists() => Assert.Equal(4, _tokenizer.Encode("1212").Count);

    [Fact]
    public void Bytes_of_a_token_are_the_bytes_it_stands_for()
    {
        Assert.Equal(" w"u8, _tokenizer.BytesOf(TinyTokenizer.FirstMerge + 4));
        Assert.Equal("ä"u8, _tokenizer.BytesOf(TinyTokenizer.FirstMerge + 7));
        Assert.True(_tokenizer.BytesOf(_tokenizer.SpecialId(ChatTemplate.EndToken)).IsEmpty);
    }

    [Fact]
    public void Decoding_skips_special_tokens_and_marks_broken_characters()
    {
        var firstHalf = _tokenizer.Encode("é")[0];
        Assert.Equal("a�", _tokenizer.Decode([.. _tokenizer.Encode("a"), _tokenizer.SpecialId(ChatTemplate.EndToken), firstHalf]));
    }

    [Fact]
    public void An_unpaired_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("a�b", _tokenizer.Decode(_tokenizer.Encode("a\uD83Db")));

    [Fact]
    public void A_missing_special_token_is_named()
    {
        var error = Assert.Throws<InvalidDataException>(() => _tokenizer.SpecialId("<|system|>"));
        Assert.Contains("<|system|>", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "damaged")]
    [InlineData("{}", "model")]
    [InlineData("""{"model":{"type":"Unigram"}}""", "Unigram")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}}""", "single byte")]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{"a":0}}}""", "WordPiece")]
    [InlineData("""{"model":{"type":"BPE","vocab":{},"merges":[]}}""", "empty")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b c"]}}""", "a b c")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "'b'")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}}""", "dropout is 0.1")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"end_of_word_suffix":"</w>"}}""", "</w>")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"<unk>"}}""", "<unk>")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Metaspace","replacement":"_"}}""", "'_'")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"BertPreTokenizer"}}""", "BertPreTokenizer")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}}""", "'('")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"normalizer":{"type":"Lowercase"}}""", "Lowercase")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"decoder":{"type":"WordPiece"}}""", "WordPiece")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"post_processor":{"type":"BertProcessing"}}""", "BertProcessing")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"added_tokens":[{"content":"<s>"}]}""", "<s>")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"added_tokens":[{"id":"x"}]}""", "tokenizer.json: 'added_tokens[0].id': expected a whole number, found \"x\"")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel","use_regex":1}]}}""",
        "'pre_tokenizer.pretokenizers[0].use_regex': expected true or false, found 1")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"added_tokens":[{"id":1,"content":"<s>"},{"id":2,"content":"<s>"}]}""", "twice")]
    public void A_file_that_cannot_be_used_says_why(string json, string expected)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var error = Assert.Throws<InvalidDataException>(() => TokenizerFolder.Read(stream));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Older_files_with_merges_as_strings_and_gpt2_splitting_are_read()
    {
        using var stream = new MemoryStream();
        TinyTokenizer.Json(Merges).Write(stream);
        var older = Encoding.UTF8.GetString(stream.ToArray());
        var root = System.Text.Json.Nodes.JsonNode.Parse(older)!;
        root["model"]!["merges"] = new System.Text.Json.Nodes.JsonArray("1 2", "h e");
        root["pre_tokenizer"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false };
        using var rewritten = new MemoryStream(Encoding.UTF8.GetBytes(root.ToJsonString()));

        var tokenizer = TokenizerFolder.Read(rewritten);

        Assert.Equal(2, tokenizer.Encode("1212").Count);
        Assert.Equal("he 12", tokenizer.Decode(tokenizer.Encode("he 12")));
    }
}
