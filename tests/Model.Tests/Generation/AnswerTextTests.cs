using System.Text;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Tokenizers;
using CsCheck;

namespace ChatLoop.Model.Tests.Generation;

public sealed class AnswerTextTests
{
    private const int EndOfTurn = 1;

    private static readonly Tokenizer Tokenizer = TinyTokenizer.Create(("h", "e"), ("l", "l"), ("he", "ll"), ("Ã", "©"));

    [Fact]
    public void Characters_come_whole_however_many_tokens_they_take()
    {
        var text = new AnswerText(Tokenizer, []);
        // 👩 is four bytes, hence four tokens; é is one token by its merge.
        var pieces = Tokenizer.Encode("hello é👩!").Select(text.Append).ToList();

        Assert.Equal(["hell", "o", " ", "é", "", "", "", "👩", "!"], pieces);
        Assert.Equal("", text.End(cut: false));
    }

    [Fact]
    public void The_mark_before_the_first_word_is_no_part_of_the_answer()
    {
        var sentencePiece = TokenizerFolder.Load(TokenizerVector.FolderOf("llama2"));
        var text = new AnswerText(sentencePiece, []);

        // A model ends the prompt's markup and begins its answer with a marked word.
        var pieces = sentencePiece.Encode("The quick brown fox").Prepend(sentencePiece.BosId!.Value).Select(text.Append).ToList();

        Assert.Equal("The quick brown fox", string.Concat(pieces));
    }

    [Fact]
    public void Any_text_arrives_whole_and_no_piece_has_half_a_character() => Gen.Int[0, 0x10FFFF]
        .Where(c => Rune.IsValid(c) && c != 0xFFFD).Select(c => new Rune(c).ToString()).Array[0, 30].Select(string.Concat)
        .Sample(expected =>
        {
            var text = new AnswerText(Tokenizer, ["never written"]);
            var pieces = Tokenizer.Encode(expected).Select(text.Append).Append(text.End(cut: false)).ToList();
            Assert.Equal(expected, string.Concat(pieces));
            Assert.All(pieces, p => Assert.Equal(p, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(p))));
        });

    [Fact]
    public void A_broken_last_character_is_marked_when_the_model_ended_and_dropped_when_it_was_cut()
    {
        var half = Tokenizer.Encode("👩").Take(2);
        Assert.Equal("a\uFFFD", Written([.. Tokenizer.Encode("a"), .. half], [], cut: false));
        Assert.Equal("a", Written([.. Tokenizer.Encode("a"), .. half], [], cut: true));
    }

    [Theory]
    [InlineData("one. two", ".", "one")]
    [InlineData("a\n\nb", "\n\n", "a")]
    [InlineData("hello", "llo", "he")]
    [InlineData("hello", "hello", "")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("x👩y", "👩", "x")]
    [InlineData("no such thing", "END", "no such thing")]
    [InlineData("ends with EN", "END", "ends with EN")]
    public void Text_ends_before_a_stop_string(string written, string stop, string expected) =>
        Assert.Equal(expected, Written(Tokenizer.Encode(written), [stop], cut: false));

    [Fact]
    public void The_first_of_several_stop_strings_counts() => Assert.Equal("a", Written(Tokenizer.Encode("a; b. c"), [".", ";", "zz"], cut: false));

    [Fact]
    public void What_may_become_a_stop_string_is_held_back_until_it_is_decided()
    {
        var text = new AnswerText(Tokenizer, ["END"]);
        string[] pieces = [.. Tokenizer.Encode("a EN EEND b").Select(text.Append)];

        // EN waits for the space that clears it; of EE the second may still begin END.
        Assert.Equal(["a", " ", "", "", "EN ", "", "E", "", "", "", ""], pieces);
        Assert.True(text.Stopped);
        Assert.Equal("", text.End(cut: false));
    }

    [Fact]
    public void Special_and_padding_tokens_stand_for_nothing()
    {
        var text = new AnswerText(Tokenizer, []);
        Assert.Equal("", text.Append(EndOfTurn));
        Assert.Equal("", text.Append(Tokenizer.VocabularySize + 5));
    }

    private static string Written(IEnumerable<int> tokens, IReadOnlyList<string> stop, bool cut)
    {
        var text = new AnswerText(Tokenizer, stop);
        return string.Concat(tokens.Select(text.Append)) + text.End(cut);
    }
}
