using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Gold.Bench;

/// <summary>
/// What the hidden preference makes of the policy after every iteration of PPO, as the reward model's score goes up (Gao et al. 2022,
/// figure 1): with the settings of the product, and with nothing that holds it back.
/// </summary>
internal sealed class OverOptimisationStudy(GoldTask task)
{
    public const string AsShipped = "as shipped";

    private static readonly (string Name, Func<PpoOptions, PpoOptions> Of)[] Settings =
    [
        (AsShipped, ppo => ppo),
        ("nothing held back", ppo => ppo with
        {
            Iterations = 48, PlateauIterations = 48, KlControl = KlControl.Fixed, KlCoefficient = 0, MaxKl = double.MaxValue,
        }),
    ];

    public async Task Run(GoldPreference gold, int seed, int labels, OverOptimisationResults results)
    {
        var batch = GoldTask.Batch($"{gold.Name}/{seed}/{labels}", task.Label(gold, seed, labels));
        var (reward, _) = await task.TrainRewardModel(batch, seed);
        using (var model = RewardModel.Load(task.Store, reward.Folder))
        {
            foreach (var (name, of) in Settings)
                results.Add(new(gold.Name, labels, seed, name, Climb(of(task.Options.Ppo), model, batch, gold, seed)));
        }
        task.Forget(gold);
    }

    private List<OverOptimisationPoint> Climb(PpoOptions options, RewardModel model, FeedbackBatch batch, GoldPreference gold, int seed)
    {
        using LoadedCheckpoint policy = task.Store.Load(GoldTask.Start), reference = task.Store.Load(GoldTask.Start);
        var tokens = new FeedbackTokens(policy.Template, policy.Transformer.Config.MaxPositions);
        var sampling = SampledAnswers.SettingsFor(policy, task.Options);
        IReadOnlyList<int>[] prompts = [.. batch.Training.Pairs.Select(p => p.Prompt).Concat(PromptPool.Load())
            .Select(p => tokens.Prompt(p, sampling.MaxAnswerTokens)).OfType<IReadOnlyList<int>>()];
        var follower = new Follower(() => task.Measure(gold, asked => SampledAnswers.Of(policy, asked, task.Options, task.Workers, GoldTask.MeasureSeed)));
        new PpoTrainer(options, sampling, task.Workers).Train(
            policy.Transformer, reference.Transformer, model, prompts, seed, follower, CancellationToken.None);
        return follower.Points;
    }

    /// <summary>An iteration tells the score and the KL of the policy before its update: that of the update before.</summary>
    private sealed class Follower(Func<GoldMeasure> measure) : IPpoObserver
    {
        private GoldMeasure _policy = new(0.5, 0, 1);

        public List<OverOptimisationPoint> Points { get; } = [];

        public void Sampling(int number)
        {
        }

        public void Updating(int number)
        {
        }

        public void Finished(PpoIteration iteration)
        {
            Points.Add(new(iteration.SequenceKl, iteration.Score, _policy.WinRate, _policy.Gain));
            _policy = measure();
        }
    }
}
