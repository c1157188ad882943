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

    /// <summary>Tokens of this vocabulary: h e l o é 👩 by their bytes, "he" "ll" "hell" "é" as one.</summary>
    [Theory]
    // Split over three tokens, its border inside a token on either side.
    [InlineData("xhellohello", "lohel", "xhel")]
    [InlineData("x-hello-y", "-hello-", "x")]
    // Begins, ends, and both, with bytes of a character that takes several tokens.
    [InlineData("a👩b", "👩b", "a")]
    [InlineData("a👩b", "a👩", "")]
    [InlineData("x👨👩y", "👨👩", "x")]
    // Shares its first three bytes with what is written.
    [InlineData("a👨b", "👩", "a👨b")]
    public void Stop_strings_cross_the_borders_of_tokens_and_bytes(string written, string stop, string expected)
    {
        Assert.Equal(expected, Written(Tokenizer.Encode(written), [stop], cut: false));
        Assert.Equal(expected, Written(Bytes(written), [stop], cut: false));
    }

    [Theory]
    // One is a prefix of the other: the shorter is whole first, in whatever order they are named.
    [InlineData("hello", "hel", "hell", "")]
    [InlineData("hello", "lo", "lo!", "hel")]
    // They overlap: that which is whole first ends the text.
    [InlineData("ahellob", "hello", "ll", "ahe")]
    [InlineData("ahellob", "hel", "ello", "a")]
    [InlineData("ahellob", "hello", "lob", "a")]
    // They end together: the longer one.
    [InlineData("ahellob", "llo", "ello", "ah")]
    // The beginning of one turns out to be the whole of the other, or of none.
    [InlineData("hellx", "hello", "lx", "hel")]
    [InlineData("hellx", "hello", "ly", "hellx")]
    public void Of_several_stop_strings_the_one_that_is_whole_first_counts(string written, string one, string other, string expected)
    {
        foreach (var tokens in new[] { Tokenizer.Encode(written), Bytes(written) })
        {
            Assert.Equal(expected, Written(tokens, [one, other], cut: false));
            Assert.Equal(expected, Written(tokens, [other, one], cut: false));
        }
    }

    /// <summary>Against the definition, character by character, for any text, stop strings and split into tokens.</summary>
    [Fact]
    public void Where_text_ends_does_not_depend_on_how_tokens_split_it()
    {
        var word = Gen.Int[0, 5].Select(i => "h e l é 👩 o".Split(' ')[i]).Array[0, 14].Select(string.Concat);
        Gen.Select(word, word.Where(w => w.Length > 0).Array[1, 3]).Sample((written, stop) =>
        {
            var expected = Enumerable.Range(0, written.Length + 1).Select(end => written[..end])
                .SelectMany(text => stop.Where(s => text.EndsWith(s, StringComparison.Ordinal)).OrderByDescending(s => s.Length).Select(s => text[..^s.Length]))
                .FirstOrDefault(written);
            Assert.Equal(expected, Written(Tokenizer.Encode(written), stop, cut: false));
            Assert.Equal(expected, Written(Bytes(written), stop, cut: false));
        });
    }

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

    /// <summary>One token for each byte.</summary>
    private static IReadOnlyList<int> Bytes(string text) => [.. Encoding.UTF8.GetBytes(text).SelectMany(OneByte)];

    private static IEnumerable<int> OneByte(byte value)
    {
        for (var id = TinyTokenizer.FirstByte; id < TinyTokenizer.FirstMerge; id++)
        {
            if (Tokenizer.BytesOf(id)[0] == value) return [id];
        }
        throw new InvalidOperationException("Every byte has a token.");
    }

    private static string Written(IEnumerable<int> tokens, IReadOnlyList<string> stop, bool cut)
    {
        var text = new AnswerText(Tokenizer, stop);
        return string.Concat(tokens.Select(text.Append)) + text.End(cut);
    }
}
