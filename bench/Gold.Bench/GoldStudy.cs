using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Gold.Bench;

/// <summary>
/// After Gao et al. (2022, arXiv:2210.10760): a hidden preference labels pairs of the start's answers, a quarter of the labels are
/// flipped, and each algorithm learns once from the first 64, 256, ... of them. What it says is then judged by the hidden preference,
/// on prompts that nobody labelled, against what the start says to them with the same seed.
/// </summary>
internal sealed class GoldStudy(GoldTask task)
{
    /// <summary>All algorithms at all numbers of labels; what <paramref name="results"/> holds is not done again.</summary>
    public async Task Run(GoldPreference gold, int seed, IReadOnlyList<int> labels, IReadOnlyList<PolicyAlgorithm> algorithms, GoldResults results)
    {
        Lazy<IReadOnlyList<PreferencePair>> pairs = new(() => task.Label(gold, seed, labels.Max()));
        foreach (var count in labels)
        {
            GoldCell[] open = [.. algorithms
                .Select(a => new GoldCell { Algorithm = a, Gold = gold.Name, Labels = count, Seed = seed }).Where(c => !results.Contains(c))];
            if (open.Length == 0) continue;
            var batch = GoldTask.Batch($"{gold.Name}/{seed}/{count}", [.. pairs.Value.Take(count)]);
            var (reward, seconds) = await task.TrainRewardModel(batch, seed);
            foreach (var cell in open)
                results.Add(await task.TrainPolicy(cell with { RewardModelSeconds = seconds, Accuracy = reward.HeldOutAccuracy }, gold, batch, reward));
            task.Forget(gold);
        }
    }
}
