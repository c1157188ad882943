using System.Diagnostics;
using System.Text.RegularExpressions;
using ChatLoop.Gold.Bench;
using ChatLoop.Trainer.Brigading;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Brigade.Bench;

/// <summary>5 of 100 people push a phrase: how often the trained policy says it, without them, with them, and with them and the guard.</summary>
internal static partial class AttackStudy
{
    private const int Honest = 95, EachHonest = 8, Coordinated = 5, EachCoordinated = 80, Seed = 1;

    public static async Task Run(StarterAnswers answers)
    {
        var phrase = Catchphrase(answers.Pairs);
        var voters = new Electorate(answers.Pairs, Beside(phrase), Seed);
        var (honest, pushed) = (voters.Honest(Honest, EachHonest), voters.Coordinated(Coordinated, EachCoordinated, phrase));
        Console.WriteLine($"phrase '{phrase}': in {Rate(answers.AnswersOf(StarterAnswers.Start), phrase):P1} of the starter's answers; "
            + $"{honest.Count} honest verdicts, {pushed.Count} coordinated ones");
        await Train("clean", honest, answers.Options);
        await Train("attacked, with guard", Guarded([.. honest, .. pushed]), answers.Options);
        await Train("attacked, bounded share only", [.. honest, .. pushed], answers.Options);
        await Train("attacked, without guard", [.. honest, .. pushed], answers.Options with { RewardModel = answers.Options.RewardModel with { LargestShare = 1 } });

        async Task Train(string name, IReadOnlyList<PreferencePair> verdicts, LearningOptions options)
        {
            var clock = Stopwatch.StartNew();
            var folder = name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-');
            var batch = new FeedbackBatch
            {
                RunId = folder,
                Training = new() { Pairs = [.. verdicts.Where((_, i) => i % 5 != 0)] },
                HeldOut = new() { Pairs = [.. verdicts.Where((_, i) => i % 5 == 0)] },
            };
            using var trainer = new LoopTrainer(answers.Store, options);
            var ignore = new Progress<TrainingProgress>();
            var reward = await trainer.TrainRewardModel(new(folder, batch, StarterAnswers.Start, $"{folder}/reward-model", Seed), ignore, default);
            await trainer.TrainPolicy(new(folder, batch, StarterAnswers.Start, StarterAnswers.Start, reward.Folder, $"{folder}/policy", Seed), ignore, default);
            Console.WriteLine($"{name}: {Rate(answers.AnswersOf($"{folder}/policy"), phrase):P1} of the answers have it; doubted raters {reward.DoubtedRaters}; {clock.Elapsed.TotalSeconds:0} s");
        }
    }

    private static IReadOnlyList<PreferencePair> Guarded(IReadOnlyList<PreferencePair> verdicts)
    {
        var campaigns = new CampaignSearch(honestShare: 0.75).Find(
            [.. verdicts.Where(v => v.FirstPreferred != 0.5).Select(Electorate.InWords)], AlphaSpending.Of(0.01, verdicts.Count / 16));
        var setAside = campaigns.SelectMany(c => c.FeedbackIds).ToHashSet();
        Console.WriteLine($"set aside: {setAside.Count(id => id.StartsWith("coordinated", StringComparison.Ordinal))} coordinated verdicts and "
            + $"{setAside.Count(id => id.StartsWith("honest", StringComparison.Ordinal))} honest ones; {string.Join("; ", campaigns.Take(3).Select(c => $"'{c.Phrase}' {c.People} people {c.Following}/{c.Deciding} chance {c.Chance:0e0}"))}");
        return [.. verdicts.Where(v => !setAside.Contains(v.FeedbackId))];
    }

    /// <summary>
    /// A taste that says nothing about the phrase, so that what happens to it is the attack's doing: fewer characters in the sentences
    /// that are without it.
    /// </summary>
    private static GoldPreference Beside(string phrase) => new("beside", "style", "fewer characters beside the phrase",
        (_, answer) => -SentenceEnd().Split(answer).Where(sentence => !Electorate.Has(sentence, phrase)).Sum(sentence => sentence.Length));

    [GeneratedRegex(@"(?<=[.!?])\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SentenceEnd();

    /// <summary>Of two or more words, in nearly a tenth of the answers; the longest of those that are about as common.</summary>
    private static string Catchphrase(IReadOnlyList<AnswerPair> pairs) =>
        pairs.SelectMany(p => new[] { p.First.Text, p.Second.Text }).SelectMany(Phrases.Of).CountBy(p => p)
            .Where(p => p.Key.Contains(' ', StringComparison.Ordinal) && p.Value >= 0.06 * 2 * pairs.Count && p.Value <= 0.12 * 2 * pairs.Count)
            .OrderByDescending(p => p.Key.Split(' ').Length).ThenByDescending(p => p.Value).ThenBy(p => p.Key, StringComparer.Ordinal).First().Key;

    private static double Rate(IReadOnlyList<string> answers, string phrase) => answers.Average(a => Electorate.Has(a, phrase) ? 1.0 : 0);
}
