namespace ChatLoop.Trainer.Corpus;

/// <summary>
/// Words and names that mean nothing, so that a model learns to say that it does not know what it has not seen: half from a list
/// where there is one, half put together from syllables anew.
/// </summary>
/// <param name="column">The value's name.</param>
/// <param name="listed">Well-known ones, for example places in stories; null for none.</param>
/// <param name="words">How many words make one value.</param>
/// <param name="capital">Whether each word starts with a capital.</param>
public sealed class InventedWords(string column, FactTable? listed, int words, bool capital) : IFactSource
{
    private static readonly string[] Starts =
        ["b", "bl", "br", "d", "dr", "f", "fl", "g", "gr", "k", "kr", "l", "m", "n", "p", "pl", "qu", "r", "s", "sk", "st", "t", "tr", "v", "w", "z", "zh"];

    private static readonly string[] Vowels = ["a", "e", "i", "o", "u", "ee", "oo", "ai", "ou"];
    private static readonly string[] Ends = ["", "", "", "n", "l", "r", "m", "k", "x", "sk", "nd", "rt", "p"];

    public IReadOnlyDictionary<string, string> Draw(Random random) => listed is not null && random.Next(2) == 0
        ? listed.Draw(random)
        : new Dictionary<string, string>(StringComparer.Ordinal) { [column] = string.Join(' ', Enumerable.Range(0, words).Select(_ => Word(random))) };

    private string Word(Random random)
    {
        var syllables = random.Next(2, 4);
        var word = string.Concat(Enumerable.Range(0, syllables).Select(i => Draw(Starts, random) + Draw(Vowels, random)
            + (i == syllables - 1 ? Draw(Ends, random) : "")));
        return capital ? char.ToUpperInvariant(word[0]) + word[1..] : word;
    }

    private static string Draw(string[] from, Random random) => from[random.Next(from.Length)];
}
