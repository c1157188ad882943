using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Trainer.Brigading;

/// <summary>
/// Looks for people who push the same phrase. A phrase that only one of two compared answers has can decide the verdict; of such verdicts a
/// person's share that goes the phrase's way is tested against what honest people may show, <c>q = max(honest share, u)</c>, with u an upper
/// bound of the other people's own share: P(Bin(n, q) >= x), exact and one-sided. Whether several persons' chances are too small together is
/// Berk and Jones' question (<see cref="SharedExcess"/>); Bonferroni over all phrases and both directions, whose number depends on the
/// answers shown and on no verdict, bounds the chance that any honest group at all is found by alpha.
/// What one person alone says is never a campaign: a taste of one's own is no conspiracy, and its weight is bounded elsewhere.
/// </summary>
/// <param name="honestShare">Of the verdicts that a phrase could decide, the share that may go its way though nobody pushes it: taste explains
/// as much as people agree with themselves, about three quarters.</param>
public sealed class CampaignSearch(double honestShare)
{
    /// <summary>A phrase that more of the answers have is how the model talks, and no catchphrase.</summary>
    private const double CommonestPhrase = 1 / 3.0;
    /// <summary>Of fewer verdicts of a person nothing follows: 0.75^5 is still a quarter.</summary>
    private const int LeastDeciding = 5;
    private const int LeastPeople = 2;
    /// <summary>Verdicts of one person that count for what the others do.</summary>
    private const int MostPerOther = 5;

    /// <returns>Campaigns with a chance of at most <paramref name="alpha"/>, the least likely first; a verdict is in one at most.</returns>
    public IReadOnlyList<Campaign> Find(IReadOnlyList<ComparedText> verdicts, double alpha)
    {
        var tests = Tests(verdicts);
        List<Campaign> found = [];
        HashSet<string> taken = new(StringComparer.Ordinal);
        var significant = tests.Select(t => (Test: t, Excess: Judge(t)))
            .Select(t => (t.Test, t.Excess.Members, Chance: Math.Min(1, t.Excess.Chance * tests.Count)))
            .Where(t => t.Chance <= alpha)
            .OrderBy(t => t.Chance).ThenByDescending(t => t.Test.Phrase.Length).ThenBy(t => t.Test.Phrase, StringComparer.Ordinal);
        foreach (var (test, members, chance) in significant)
        {
            var deciding = test.Deciding.Where(d => members.Contains(verdicts[d.Verdict].PersonId)).ToList();
            string[] ids = [.. deciding.Where(d => d.IsFor == test.IsFor).Select(d => verdicts[d.Verdict].FeedbackId).Where(taken.Add)];
            if (ids.Length > 0)
                found.Add(new(test.Phrase, test.IsFor, members.Count, deciding.Count(d => d.IsFor == test.IsFor), deciding.Count, chance, ids));
        }
        return found;

        (IReadOnlySet<string> Members, double Chance) Judge(PhraseTest test) => MembersOf(test, verdicts);
    }

    private static List<PhraseTest> Tests(IReadOnlyList<ComparedText> verdicts)
    {
        Dictionary<string, List<(int Verdict, bool IsFor)>> deciding = new(StringComparer.Ordinal);
        Dictionary<string, int> answers = new(StringComparer.Ordinal);
        foreach (var (i, verdict) in verdicts.Index())
        {
            var (chosen, rejected) = (Phrases.Of(verdict.Chosen), Phrases.Of(verdict.Rejected));
            foreach (var phrase in chosen) Add(phrase, i, isFor: true, isInBoth: rejected.Contains(phrase));
            foreach (var phrase in rejected) Add(phrase, i, isFor: false, isInBoth: chosen.Contains(phrase));
        }
        return
        [
            .. from phrase in deciding
               where answers[phrase.Key] <= CommonestPhrase * 2 * verdicts.Count
               where phrase.Value.CountBy(d => verdicts[d.Verdict].PersonId).Count(p => p.Value >= LeastDeciding) >= LeastPeople
               from isFor in (bool[])[true, false]
               select new PhraseTest(phrase.Key, isFor, phrase.Value),
        ];

        void Add(string phrase, int verdict, bool isFor, bool isInBoth)
        {
            answers[phrase] = answers.GetValueOrDefault(phrase) + 1;
            if (isInBoth) return;
            if (!deciding.TryGetValue(phrase, out var list)) deciding[phrase] = list = [];
            list.Add((verdict, isFor));
        }
    }

    private (IReadOnlySet<string> Members, double Chance) MembersOf(PhraseTest test, IReadOnlyList<ComparedText> verdicts)
    {
        var people = test.Deciding.GroupBy(d => verdicts[d.Verdict].PersonId, StringComparer.Ordinal)
            .Select(p => (Person: p.Key, Following: p.Count(d => d.IsFor == test.IsFor), Deciding: p.Count())).ToList();
        var all = people.Aggregate((Following: 0.0, Deciding: 0.0), (sum, p) => (sum.Following + Part(p) * p.Following, sum.Deciding + Part(p) * p.Deciding));
        var tested = people.Where(p => p.Deciding >= LeastDeciding).Select(p => (p.Person, Chance: BinomialTest.ChanceOfAtLeast(
            p.Following, p.Deciding, HonestShare(all.Following - Part(p) * p.Following, all.Deciding - Part(p) * p.Deciding))))
            .OrderBy(p => p.Chance).ThenBy(p => p.Person, StringComparer.Ordinal).ToList();
        var (count, chance) = SharedExcess.Of([.. tested.Select(p => p.Chance)], LeastPeople);
        return (tested.Take(count).Select(p => p.Person).ToHashSet(StringComparer.Ordinal), chance);

        static double Part((string Person, int Following, int Deciding) person) => Math.Min(1, (double)MostPerOther / person.Deciding);
    }

    /// <summary>Two deviations above what the others do (Agresti and Coull 1998: four verdicts added, half of them following), and no less than taste may do.</summary>
    private double HonestShare(double following, double deciding)
    {
        var share = (following + 2) / (deciding + 4);
        return Math.Min(0.99, Math.Max(honestShare, share + 2 * Math.Sqrt(share * (1 - share) / (deciding + 4))));
    }

    private sealed record PhraseTest(string Phrase, bool IsFor, IReadOnlyList<(int Verdict, bool IsFor)> Deciding);
}
