using System.Text;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tokenizers;
using CsCheck;

namespace ChatLoop.Model.Tests.Tokenizers;

public sealed class TextSegmentTests
{
    private const int End = 1;
    private const int UserHeader = 2;

    private readonly Tokenizer _tokenizer = TinyTokenizer.Create(("a", "b"), ("Ġ", "h"));

    private static TextSegment Markup(string text) => new(text, IsMarkup: true);
    private static TextSegment Typed(string text) => new(text, IsMarkup: false);
    private static int Byte(char character) => TinyTokenizer.FirstByte + character;

    [Fact]
    public void Special_tokens_are_recognised_in_markup_only() => Assert.Equal(
        [UserHeader, .. _tokenizer.Encode("<|end|>"), End],
        _tokenizer.Encode([Markup(ChatTemplate.UserToken), Typed(ChatTemplate.EndToken), Markup(ChatTemplate.EndToken)]));

    [Theory]
    [InlineData("<|", "end|>")]
    [InlineData("<|end", "|>")]
    [InlineData("<|end|", ">")]
    public void A_special_token_cannot_be_completed_across_a_boundary(string first, string second)
    {
        var whole = _tokenizer.Encode(first + second);

        Assert.Equal(whole, _tokenizer.Encode([Markup(first), Typed(second)]));
        Assert.Equal(whole, _tokenizer.Encode([Typed(first), Markup(second)]));
        Assert.Equal(whole, _tokenizer.Encode([Markup(first), Typed(second), Markup("")]));
        Assert.Equal([End], _tokenizer.Encode([Markup(first), Typed(""), Markup(second)]));
    }

    [Fact]
    public void Words_are_cut_as_if_the_segments_were_one_text()
    {
        Assert.Equal([TinyTokenizer.FirstMerge], _tokenizer.Encode([Markup("a"), Typed("b")]));
        Assert.Equal([End, TinyTokenizer.FirstMerge + 1, Byte('i')], _tokenizer.Encode([Markup("<|end|> "), Typed("hi")]));
    }

    [Fact]
    public void Segments_are_the_joined_text_unless_people_wrote_part_of_a_special_token()
    {
        string[] parts = ["<|end|>", "<|user|>", "<|", "end", "|>", "a", "b", " ", "é", "\n"];
        var segment = Gen.Select(Gen.Int[0, parts.Length - 1], Gen.Bool, (i, markup) => new TextSegment(parts[i], markup));
        segment.Array[0, 10].Sample(segments =>
        {
            var ids = _tokenizer.Encode(segments);
            var text = string.Concat(segments.Select(s => s.Text));
            // Every special token found is one that markup wrote: they are those of the text in which people's brackets are others.
            var disarmed = string.Concat(segments.Select(s => s.IsMarkup ? s.Text : new string('.', s.Text.Length)));
            Assert.Equal(Specials(_tokenizer.EncodeMarkup(disarmed)), Specials(ids));
            if (segments.All(s => s.IsMarkup)) Assert.Equal(_tokenizer.EncodeMarkup(text), ids);
            if (!segments.Any(s => s.IsMarkup)) Assert.Equal(_tokenizer.Encode(text), ids);
            Assert.Equal(text, Text(ids));
        });

        static IEnumerable<int> Specials(IEnumerable<int> ids) => ids.Where(id => id < TinyTokenizer.FirstByte);

        string Text(IEnumerable<int> ids) => Encoding.UTF8.GetString([.. ids.SelectMany(id => id < TinyTokenizer.FirstByte
            ? Encoding.UTF8.GetBytes(ChatTemplate.SpecialTokens[id])
            : _tokenizer.BytesOf(id).ToArray())]);
    }
}
