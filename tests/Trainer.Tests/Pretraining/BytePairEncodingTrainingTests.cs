using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.Tests.Pretraining;

public sealed class BytePairEncodingTrainingTests
{
    private static readonly string[] Specials = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"];

    [Fact]
    public void The_most_frequent_pair_is_merged_first()
    {
        // The words of Sennrich et al. 2016, algorithm 1: low 5, lower 2, newest 6, widest 3, one word a text so that none has a
        // space before it. Counts: (e,s) 9, (s,t) 9, (w,e) 8, (l,o) 7, (o,w) 7, ... Equal counts: the ordinally first.
        // 1. e s (9). 2. es t (9). 3. l o (7) before o w (7). 4. lo w (7). 5. e w (6) before n e (6) and w est (6).
        string[] texts =
        [
            .. Enumerable.Repeat("low", 5), .. Enumerable.Repeat("lower", 2), .. Enumerable.Repeat("newest", 6), .. Enumerable.Repeat("widest", 3),
        ];

        var json = BytePairEncodingTraining.Train(texts, 4 + 256 + 5, Specials);

        Assert.Equal([("e", "s"), ("es", "t"), ("l", "o"), ("lo", "w"), ("e", "w")], json.Merges);
    }

    [Fact]
    public void The_vocabulary_is_special_tokens_then_bytes_then_merges()
    {
        var json = BytePairEncodingTraining.Train(["aaaa"], 4 + 256 + 1, Specials);

        Assert.Equal([0, 1, 2, 3], Specials.Select(s => json.Vocabulary[s]));
        Assert.Equal(4 + 'a', json.Vocabulary["a"]);
        Assert.Equal(4 + ' ', json.Vocabulary["Ġ"]);
        Assert.Equal(4 + 256, json.Vocabulary["aa"]);
    }

    [Fact]
    public void Digits_are_never_merged() =>
        Assert.Empty(BytePairEncodingTraining.Train(Enumerable.Repeat("1234567890", 100), 300, Specials).Merges);

    [Fact]
    public void It_stops_when_no_pair_is_left() =>
        Assert.Equal(4 + 256 + 1, BytePairEncodingTraining.Train(["ab"], 1000, Specials).Vocabulary.Count);

    [Fact]
    public void The_tokenizer_encodes_what_it_learned_from_in_whole_words()
    {
        var tokenizer = BytePairEncodingTraining.Train(Enumerable.Repeat("the capital of France", 3), 400, Specials).ToTokenizer();

        Assert.Equal(4, tokenizer.Encode("the capital of France").Count);
    }
}
