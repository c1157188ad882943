using System.Diagnostics;
using System.Globalization;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Loop.Bench;

/// <summary>What a resume point of PPO costs beside the iteration that it saves: policy, critic and the moments of both.</summary>
internal static class ResumeCost
{
    private const int Rounds = 20;
    private const string Starter = "starter", Reward = "reward";

    public static async Task Measure(string starterFolder, FeedbackBatch batch)
    {
        var root = Directory.CreateTempSubdirectory("chatloop-resume-").FullName;
        var store = new CheckpointStore(root);
        store.Import(starterFolder, Starter);
        using (var trainer = new LoopTrainer(store, new LearningOptions()))
        {
            await trainer.TrainRewardModel(new("run", batch, Starter, Reward, 1), new Laps(), default);
            var laps = new Laps();
            await trainer.TrainPolicy(new("run", batch, Starter, Starter, Reward, "policy", 1), laps, default);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PPO iteration with its resume point  {Median(laps.Iterations),8:F0} ms, median of {laps.Iterations.Count}"));
        }
        Points(store, Path.Combine(root, "points"));
        Directory.Delete(root, recursive: true);
    }

    private static void Points(CheckpointStore store, string output)
    {
        using var policy = store.Load(Starter);
        using var rewardModel = RewardModel.From(policy.Transformer.Weights, seed: 1);
        using var critic = new Critic(rewardModel);
        using var policyAdam = new AdamOptimizer(policy.Transformer.Weights.Parameters, 1e-5);
        using var criticAdam = new AdamOptimizer(critic.Parameters, 1e-5);
        var ofPolicy = new TrainingState().With("policy", policy.Transformer.Weights).With("policy_adam", policyAdam);
        var ofBoth = new TrainingState().With("policy", policy.Transformer.Weights).With("policy_adam", policyAdam)
            .With("critic", critic.Parameters).With("critic_adam", criticAdam);
        foreach (var (name, state) in new[] { ("policy alone", ofPolicy), ("policy and critic", ofBoth) })
        {
            var folder = new ResumeFolder(output, "job", Console.WriteLine);
            List<double> saves = [], loads = [];
            for (var i = 0; i < Rounds; i++)
            {
                saves.Add(Time(() => folder.Save("part", new[] { i }, state)));
                loads.Add(Time(() => folder.Load<int[]>("part", state)));
            }
            var bytes = Directory.EnumerateFiles(ResumeFolder.PathOf(output)).Sum(f => new FileInfo(f).Length);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"resume point, {name,-17} {bytes / 1e6,6:F1} MB  saved in {Median(saves),6:F0} ms, read in {Median(loads),6:F0} ms, medians of {Rounds}"));
        }
    }

    private static double Time(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Milliseconds between the ends of iterations.</summary>
    private sealed class Laps : IProgress<TrainingProgress>
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public List<double> Iterations { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (!value.Points.Any(p => p.Name == "kl_coefficient")) return;
            Iterations.Add(_clock.Elapsed.TotalMilliseconds);
            _clock.Restart();
        }
    }
}
