using System.Diagnostics;
using ChatLoop.Gold.Bench;
using ChatLoop.Trainer.Brigading;

namespace ChatLoop.Brigade.Bench;

/// <summary>How many verdicts of honest people are set aside: one look at the whole error, which is more than any look may spend.</summary>
internal static class HonestStudy
{
    private const double Error = 0.01;
    private const int People = 20, Each = 20;

    public static void Run(StarterAnswers answers, int populations)
    {
        var search = new CampaignSearch(honestShare: 0.75);
        var (clock, done, touched, setAside) = (Stopwatch.StartNew(), 0, 0, 0L);
        Parallel.For(0, populations, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var taste = GoldPreference.All[seed % GoldPreference.All.Count];
            var verdicts = new Electorate(answers.Pairs, taste, seed).Honest(People, Each).Where(v => v.FirstPreferred != 0.5).Select(Electorate.InWords).ToList();
            var found = search.Find(verdicts, Error).Sum(c => c.FeedbackIds.Count);
            Interlocked.Add(ref setAside, found);
            if (found > 0) Interlocked.Increment(ref touched);
            Interlocked.Increment(ref done);
        });
        Console.WriteLine($"{done} honest populations of {People} people with {Each} verdicts each: {touched} ({(double)touched / done:P2}) had any verdict set aside; "
            + $"{setAside} verdicts, {(double)setAside / ((long)done * People * Each):P4} of all; {clock.Elapsed.TotalSeconds:0} s");
    }
}
