using ChatLoop.Gold.Bench;
using ChatLoop.Trainer.Brigading;
using ChatLoop.Trainer.Feedback;

namespace ChatLoop.Brigade.Bench;

/// <summary>Who judges: honest people by a hidden taste, a quarter of the time the other way round; coordinated ones by a phrase.</summary>
internal sealed class Electorate(IReadOnlyList<AnswerPair> shown, GoldPreference taste, int seed)
{
    private const double Noise = 0.25;
    private readonly Random _random = new(seed);

    public List<PreferencePair> Honest(int people, int each) =>
    [
        .. from person in Enumerable.Range(0, people)
           from i in Enumerable.Range(0, each)
           let pair = shown[_random.Next(shown.Count)]
           select Verdict($"honest-{person}", i, pair, Prefers(pair)),
    ];

    /// <summary>They ask until one of two answers has the phrase, and choose that one.</summary>
    public List<PreferencePair> Coordinated(int people, int each, string phrase)
    {
        AnswerPair[] decisive = [.. shown.Where(p => Has(p.First.Text, phrase) != Has(p.Second.Text, phrase))];
        return
        [
            .. from person in Enumerable.Range(0, people)
               from i in Enumerable.Range(0, each)
               let pair = decisive[_random.Next(decisive.Length)]
               select Verdict($"coordinated-{person}", i, pair, Has(pair.First.Text, phrase) ? 1 : 0),
        ];
    }

    public static bool Has(string answer, string phrase) => Phrases.Of(answer).Contains(phrase);

    public static ComparedText InWords(PreferencePair pair) => pair.FirstPreferred > 0.5
        ? new(pair.FeedbackId, pair.RaterId, pair.First.Text, pair.Second.Text)
        : new(pair.FeedbackId, pair.RaterId, pair.Second.Text, pair.First.Text);

    private double Prefers(AnswerPair pair)
    {
        var difference = taste.Score(pair.Prompt[0].Text, pair.First.Text) - taste.Score(pair.Prompt[0].Text, pair.Second.Text);
        if (difference == 0) return 0.5;
        return difference > 0 != _random.NextDouble() < Noise ? 1 : 0;
    }

    private static PreferencePair Verdict(string person, int i, AnswerPair pair, double first) =>
        new($"{person}/{i}", person, pair.Prompt, pair.First, pair.Second, first);
}
