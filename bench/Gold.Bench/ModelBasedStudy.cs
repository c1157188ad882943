using System.Diagnostics;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Simulation;

namespace ChatLoop.Gold.Bench;

/// <summary>
/// Model-free beside model-based at the same labels and with the same reward model: PPO; PPO's data replaced by imagined verdicts; and
/// planning by re-ranking, whose policy stays the start.
/// </summary>
internal sealed class ModelBasedStudy(GoldTask task)
{
    private const long RerankSeed = 31_337;
    private static readonly PolicyAlgorithm[] Trained = [PolicyAlgorithm.Ppo, PolicyAlgorithm.Imagined];
    private static readonly int[] Candidates = [4, 16];

    public async Task<IReadOnlyList<ModelBasedCell>> Run(GoldPreference gold, int seed, int labels)
    {
        var batch = GoldTask.Batch($"{gold.Name}/{seed}/{labels}", task.Label(gold, seed, labels));
        var (reward, _) = await task.TrainRewardModel(batch, seed);
        var cells = new List<ModelBasedCell>();
        foreach (var algorithm in Trained)
        {
            var cell = await task.TrainPolicy(new() { Algorithm = algorithm, Gold = gold.Name, Labels = labels, Seed = seed }, gold, batch, reward);
            cells.Add(new(algorithm.ToString(), gold.Name, labels, seed, cell.WinRate, cell.Gain, cell.Kl, cell.Length, reward.HeldOutAccuracy, cell.PolicySeconds));
        }
        cells.AddRange(Candidates.Select(n => Rerank(gold, seed, labels, n, reward)));
        task.Forget(gold);
        return cells;
    }

    private ModelBasedCell Rerank(GoldPreference gold, int seed, int labels, int n, RewardModelReport reward)
    {
        using var model = RewardModel.Load(task.Store, reward.Folder);
        var clock = Stopwatch.StartNew();
        var measured = task.Measure(gold, prompts => Answers(model, prompts, n));
        return new(
            $"re-ranking, n = {n}", gold.Name, labels, seed, measured.WinRate, measured.Gain, Reranker.Kl(n), measured.Length,
            reward.HeldOutAccuracy, clock.Elapsed.TotalSeconds);
    }

    private IReadOnlyList<RatedAnswer> Answers(RewardModel model, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, int n)
    {
        using var policy = task.Store.Load(GoldTask.Start);
        var settings = SampledAnswers.SettingsFor(policy, task.Options);
        var reranker = new Reranker(new UserSimulator(model, settings), settings, task.Workers);
        return [.. reranker.Answer(policy.Transformer, [.. prompts.Select(p => policy.Template.Prompt(p))], n, RerankSeed, CancellationToken.None)
            .Select(a => new RatedAnswer { TurnId = "re-ranked", Text = policy.Tokenizer.Decode(a.Answer), Tokens = a.Answer })];
    }
}
