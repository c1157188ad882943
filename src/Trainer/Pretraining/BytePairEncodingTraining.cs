using System.Text;
using System.Text.RegularExpressions;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>
/// Learns a byte-level BPE vocabulary (Sennrich et al. 2016, algorithm 1): start from bytes, then merge the most frequent pair of
/// neighbouring symbols, again and again. Pairs are counted within words; of equally frequent pairs the ordinally first wins.
/// </summary>
public static class BytePairEncodingTraining
{
    /// <param name="texts">What to learn from.</param>
    /// <param name="vocabularySize">Special tokens, 256 bytes and merges together; fewer when no pair is left.</param>
    /// <param name="specialTokens">They take the first ids.</param>
    public static TokenizerJson Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, specialTokens.Count + 256);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var special in specialTokens) vocabulary.Add(special, vocabulary.Count);
        foreach (var character in ByteAlphabet.All) vocabulary.Add(character.ToString(), vocabulary.Count);
        var merges = new List<(string Left, string Right)>();
        var words = CountWords(texts);
        while (vocabulary.Count < vocabularySize && MostFrequentPair(words) is { } pair)
        {
            foreach (var word in words) word.Merge(pair);
            merges.Add(pair);
            vocabulary.TryAdd(pair.Left + pair.Right, vocabulary.Count);
        }
        var specials = specialTokens.Index().ToDictionary(t => t.Item, t => t.Index, StringComparer.Ordinal);
        return new(vocabulary, merges, specials, TokenizerJson.SingleDigitPattern);
    }

    private static List<Word> CountWords(IEnumerable<string> texts)
    {
        var pattern = new Regex(TokenizerJson.SingleDigitPattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in texts)
            foreach (Match match in pattern.Matches(text))
                counts[match.Value] = counts.GetValueOrDefault(match.Value) + 1;
        return [.. counts.Select(c => new Word(c.Key, c.Value))];
    }

    private static (string Left, string Right)? MostFrequentPair(List<Word> words)
    {
        var counts = new Dictionary<(string Left, string Right), long>();
        foreach (var word in words)
        {
            for (var i = 0; i + 1 < word.Symbols.Count; i++)
            {
                var pair = (word.Symbols[i], word.Symbols[i + 1]);
                counts[pair] = counts.GetValueOrDefault(pair) + word.Count;
            }
        }
        ((string Left, string Right) Pair, long Count)? best = null;
        foreach (var (pair, count) in counts)
        {
            if (best is not { } b || count > b.Count || (count == b.Count && IsBefore(pair, b.Pair))) best = (pair, count);
        }
        return best?.Pair;
    }

    private static bool IsBefore((string Left, string Right) a, (string Left, string Right) b) =>
        string.CompareOrdinal(a.Left, b.Left) is var left && (left < 0 || (left == 0 && string.CompareOrdinal(a.Right, b.Right) < 0));

    private sealed class Word(string text, long count)
    {
        public long Count { get; } = count;
        public List<string> Symbols { get; private set; } = [.. ByteAlphabet.Write(Encoding.UTF8.GetBytes(text)).Select(c => c.ToString())];

        public void Merge((string Left, string Right) pair)
        {
            if (Symbols.Count < 2) return;
            List<string> merged = [];
            for (var i = 0; i < Symbols.Count; i++)
            {
                var found = i + 1 < Symbols.Count && Symbols[i] == pair.Left && Symbols[i + 1] == pair.Right;
                merged.Add(found ? pair.Left + pair.Right : Symbols[i]);
                if (found) i++;
            }
            Symbols = merged;
        }
    }
}
