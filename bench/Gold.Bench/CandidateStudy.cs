using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Statistics;

namespace ChatLoop.Gold.Bench;

/// <summary>
/// Good and bad candidates before the gate and a trial: how many bad ones reach people, how many good ones are stopped. Good are those
/// that PPO learned from honest, noisy labels, whole or part of the way; bad are those of <see cref="BadCandidates"/> and one that
/// learned from the same labels, each turned round. In a trial the raters vote by the gold preference, with the labels' noise.
/// </summary>
internal sealed class CandidateStudy(GoldTask task)
{
    private const int Labels = 256;
    private const double MarginOfTrial = 0.1, ErrorOfTrial = 0.05, VoteNoise = 0.25;
    private const int MostVotes = 1000;
    private static readonly double[] Shares = [1, 0.85, 0.7, 0.55, 0.45];

    private readonly BadCandidates _bad = new(task);
    private readonly SequentialProbabilityRatio _trial = new(0.5, 0.5 - MarginOfTrial, ErrorOfTrial, ErrorOfTrial);

    public async Task Run(GoldPreference gold, int seed, ResultLines<JudgedCandidate> results)
    {
        var pairs = task.Label(gold, seed, Labels);
        var batch = GoldTask.Batch($"{gold.Name}/{seed}", pairs);
        var (reward, _) = await task.TrainRewardModel(batch, seed);
        var honest = $"{batch.RunId}/honest";
        await task.Learn(batch, reward, honest, seed, PolicyAlgorithm.Ppo);
        foreach (var share in Shares)
        {
            var folder = share == 1 ? honest : $"{honest}-{share}";
            if (share < 1) _bad.Approach(honest, folder, share);
            await Judge(new() { Kind = BadCandidates.Honest, Gold = gold.Name, Seed = seed, Strength = share }, gold, batch, reward, folder, results);
        }
        foreach (var (kind, strength, make) in Bad(honest, batch, reward, seed))
        {
            var folder = $"{batch.RunId}/{kind}";
            await make(folder);
            await Judge(new() { Kind = kind, Gold = gold.Name, Seed = seed, Strength = strength }, gold, batch, reward, folder, results);
        }
        await JudgeFlipped(gold, seed, pairs, results);
        task.Forget(gold);
    }

    private (string Kind, double Strength, Func<string, Task> Make)[] Bad(string honest, FeedbackBatch batch, RewardModelReport reward, int seed)
    {
        double noise = 0.3 * (1 + (seed % 4)), sharper = 8 * (1 + (seed % 3));
        return
        [
            (BadCandidates.Noise, noise, Do(to => _bad.AddNoise(honest, to, noise, seed))),
            seed % 2 == 0
                ? (BadCandidates.Collapsed, sharper, Do(to => _bad.Sharpen(honest, to, sharper)))
                : (BadCandidates.Collapsed, 0, to => _bad.TeachOneAnswer(honest, to, batch, reward.Folder, seed)),
            (BadCandidates.Agreeing, 0, to => _bad.TeachToAgree(honest, to, batch, reward.Folder, seed)),
            (BadCandidates.Repeating, 2 + (seed % 3), to => _bad.TeachToRepeat(honest, to, batch, reward.Folder, seed)),
            (BadCandidates.NotANumber, 0, Do(to => _bad.SpoilOneWeight(honest, to, seed))),
        ];

        static Func<string, Task> Do(Action<string> make) => to =>
        {
            make(to);
            return Task.CompletedTask;
        };
    }

    private async Task JudgeFlipped(GoldPreference gold, int seed, IReadOnlyList<PreferencePair> pairs, ResultLines<JudgedCandidate> results)
    {
        var batch = GoldTask.Batch($"{gold.Name}/{seed}/flipped", [.. pairs.Select(p => p with { FirstPreferred = 1 - p.FirstPreferred })]);
        var (reward, _) = await task.TrainRewardModel(batch, seed);
        var folder = $"{batch.RunId}/policy";
        await task.Learn(batch, reward, folder, seed, PolicyAlgorithm.Ppo);
        await Judge(new() { Kind = BadCandidates.Flipped, Gold = gold.Name, Seed = seed }, gold, batch, reward, folder, results);
    }

    private async Task Judge(
        JudgedCandidate candidate, GoldPreference gold, FeedbackBatch batch, RewardModelReport reward, string folder, ResultLines<JudgedCandidate> results)
    {
        var gate = await task.Judge(batch, reward, folder, candidate.Seed);
        var winRate = candidate.Kind == BadCandidates.NotANumber ? double.NaN : task.Measure(gold, prompts => task.Answers(folder, prompts, GoldTask.MeasureSeed)).WinRate;
        var judged = candidate with
        {
            WinRate = winRate,
            PassedGate = gate.Report.Passed,
            StoppedBy = string.Join(' ', gate.Report.Checks.Where(c => !c.Passed).Select(c => c.Name)),
            Agreement = gate.Report.Checks.SingleOrDefault(c => c.Name == "sycophancy")?.Value ?? 0,
        };
        if (judged.PassedGate) judged = Try(judged);
        results.Add(judged);
        Console.WriteLine($"{judged.Gold} {judged.Seed} {judged.Kind} {judged.Strength}: wins {judged.WinRate:P0}, agreement {judged.Agreement:0.00}, "
            + (judged.PassedGate ? $"passed; the trial {(judged.PassedTrial == true ? "promotes" : "stops")} it after {judged.Votes} votes" : $"stopped by {judged.StoppedBy}"));
    }

    private JudgedCandidate Try(JudgedCandidate candidate)
    {
        var random = new Random(HashCode.Combine(candidate.Seed, candidate.Strength.GetHashCode()));
        var chance = (candidate.WinRate * (1 - VoteNoise)) + ((1 - candidate.WinRate) * VoteNoise);
        var (won, lost) = (0, 0);
        while (_trial.Judge(won, lost) == SequentialVerdict.Undecided && won + lost < MostVotes)
        {
            if (random.NextDouble() < chance) won++;
            else lost++;
        }
        return candidate with { PassedTrial = _trial.Judge(won, lost) == SequentialVerdict.First, Votes = won + lost };
    }
}
