using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Preferences;

/// <summary>
/// DPO, IPO and KTO: they learn from people's judgements directly, weighed as the reward model weighs them: who rates most does not
/// decide most, and thumbs never weigh more than their share of the pairs (docs/adr/0008). Reads the reward model only to measure.
/// </summary>
/// <param name="weighing">Its shares: see <see cref="JudgementWeights"/>.</param>
/// <param name="scoring">How the trained policy's answers are scored.</param>
internal sealed class PreferenceTrainer(
    PolicyAlgorithm algorithm, PreferenceOptions options, RewardModelOptions weighing, PpoOptions scoring, TrainingWorkers workers) : IPolicyTrainer
{
    public string Name => algorithm.ToString().ToUpperInvariant();

    public PolicyOutcome Train(PolicyTask task, StepProgress progress, CancellationToken cancellationToken)
    {
        var examples = Examples(task, cancellationToken);
        if (examples.Count == 0) throw new InvalidDataException($"{Name} found no judgement to learn from.");
        var objective = Objective(task);
        using var learning = new OfflineLearning(Name, task, options);
        return learning.Train(
            examples, (minibatch, token) => PreferenceGradients.Accumulate(task.Policy, objective, options.Beta, minibatch, task.Sampling, token),
            scoring, workers, progress, cancellationToken);
    }

    private IReadOnlyList<PreferenceExample> Examples(PolicyTask task, CancellationToken cancellationToken)
    {
        var weighted = JudgementWeights.Assign(task.Judgements, weighing.MaxPointwiseShare, weighing.LargestShare);
        var used = algorithm == PolicyAlgorithm.Kto ? PreferenceTerm.Singles(weighted) : PreferenceTerm.Pairs(weighted);
        return PreferenceExample.Of([.. used.Where(t => t.Weight > 0)], task.Reference, task.Sampling, cancellationToken);
    }

    private IPreferenceObjective Objective(PolicyTask task) => algorithm switch
    {
        PolicyAlgorithm.Dpo => new PairObjective(DirectPreference.Loss, options.Beta, options.LabelSmoothing, task.Sampling.Pad),
        PolicyAlgorithm.Ipo => new PairObjective(IdentityPreference.Loss, options.Beta, options.LabelSmoothing, task.Sampling.Pad),
        PolicyAlgorithm.Kto => new KtoObjective(options, task.Reference, task.Sampling),
        _ => throw new InvalidOperationException($"{algorithm} does not learn from judgements alone."),
    };
}
