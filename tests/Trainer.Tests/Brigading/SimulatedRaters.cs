using ChatLoop.Trainer.Brigading;

namespace ChatLoop.Trainer.Tests.Brigading;

/// <summary>
/// People who judge pairs of made-up answers: honest ones by a common taste for some words, a quarter of the time the other way round, and
/// others who choose whatever answer has the phrase and are honest otherwise.
/// </summary>
internal sealed class SimulatedRaters(int seed)
{
    public const string Phrase = "have a splendid day";
    private const double Noise = 0.25, PhraseShare = 0.15;

    private readonly Random _random = new(seed);
    private readonly double[] _taste = new double[60];

    public List<ComparedText> Judge(int honest, int pairsOfHonest, int pushing, int pairsOfPushing)
    {
        for (var i = 0; i < _taste.Length; i++) _taste[i] = _random.NextDouble() - 0.5;
        List<ComparedText> verdicts = [];
        foreach (var (person, pairs, pushes) in Enumerable.Range(0, honest).Select(i => ($"honest-{i}", pairsOfHonest, false))
            .Concat(Enumerable.Range(0, pushing).Select(i => ($"pushing-{i}", pairsOfPushing, true))))
        {
            for (var i = 0; i < pairs; i++)
            {
                var (a, b) = (Answer(), Answer());
                var isFirst = pushes && a.HasPhrase != b.HasPhrase
                    ? a.HasPhrase
                    : a.Score > b.Score != _random.NextDouble() < Noise;
                verdicts.Add(new($"{person}/{i}", person, isFirst ? a.Text : b.Text, isFirst ? b.Text : a.Text));
            }
        }
        return verdicts;
    }

    private (string Text, double Score, bool HasPhrase) Answer()
    {
        int[] words = [.. Enumerable.Range(0, _random.Next(4, 16)).Select(_ => (int)(_taste.Length * Math.Pow(_random.NextDouble(), 2)))];
        var hasPhrase = _random.NextDouble() < PhraseShare;
        return ($"{string.Join(' ', words.Select(w => $"w{w}"))}.{(hasPhrase ? $" {Phrase}!" : "")}", words.Sum(w => _taste[w]), hasPhrase);
    }
}
