using System.Globalization;
using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.Groups;
using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Runs;

/// <summary>PPO, RLOO and GRPO: they learn from answers that they sample themselves and that the reward model scores.</summary>
internal sealed class OnPolicyTrainer : IPolicyTrainer
{
    private readonly PpoOptions _options;
    private readonly Func<PolicyTask, IPolicyLearner> _learnerFor;

    private OnPolicyTrainer(string name, PpoOptions options, Func<PolicyTask, IPolicyLearner> learnerFor) =>
        (Name, _options, _learnerFor) = (name, options, learnerFor);

    public string Name { get; }

    public static OnPolicyTrainer Ppo(PpoOptions options, AdapterOptions adapter, TrainingWorkers workers) => new(
        "PPO", options, task => new PpoLearner(
            options, task.Sampling, workers, task.Policy, task.Reference, task.RewardModel,
            new Critic(task.RewardModel, adapter.For(task.RewardModel.Trunk.Weights, task.Seed))));

    public static OnPolicyTrainer Rloo(PpoOptions options, GroupOptions group, TrainingWorkers workers) =>
        Grouped("RLOO", options, group.Size, LeaveOneOut.Advantages, workers);

    public static OnPolicyTrainer Grpo(PpoOptions options, GroupOptions group, TrainingWorkers workers) =>
        Grouped("GRPO", options, group.Size, rewards => GroupRelative.Advantages(rewards, group.Scale), workers);

    private static OnPolicyTrainer Grouped(
        string name, PpoOptions options, int size, GroupAdvantages advantages, TrainingWorkers workers) => new(
        name, options,
        task => new GroupLearner(options, size, advantages, task.Sampling, workers, task.Policy, task.Reference, task.RewardModel));

    public PolicyOutcome Train(PolicyTask task, StepProgress progress, CancellationToken cancellationToken)
    {
        using var learner = _learnerFor(task);
        task.Optimizer?.Recall(learner.Optimizer);
        var outcome = new PolicyIterations(_options, task.Sampling).Run(
            learner, task.Prompts, task.Seed, new IterationProgress(Name, progress, _options.Iterations), task.Resume, cancellationToken);
        task.Optimizer?.Keep(learner.Optimizer);
        var last = outcome.Iterations is [.., var iteration] ? iteration : null;
        return new(outcome.Iterations.Count, last?.Score ?? 0, last?.SequenceKl ?? 0, outcome.End.ToString());
    }

    private sealed class IterationProgress(string name, StepProgress progress, int iterations) : IPpoObserver
    {
        public void Resumed(IReadOnlyList<PpoIteration> done) => progress.Report(
            (double)done.Count / iterations, $"{name} goes on after iteration {done.Count} of {iterations}", [.. done.SelectMany(i => i.Points)]);

        public void Sampling(int number) => progress.Report(
            (number - 1.0) / iterations, Line(number, "sampling answers"), other: LearningPhase.Rollouts);

        public void Updating(int number) => progress.Report((number - 0.6) / iterations, Line(number, "updating"));

        public void Finished(PpoIteration iteration) => progress.Report(
            (double)iteration.Number / iterations,
            Line(iteration.Number, string.Create(CultureInfo.InvariantCulture, $"score {iteration.Score:0.00}, KL {iteration.SequenceKl:0.0}")),
            iteration.Points);

        private string Line(int number, string what) => $"{name} iteration {number} of {iterations}: {what}";
    }
}
