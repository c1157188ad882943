using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rewards;

/// <param name="TrainingLoss">Weighted mean over the training judgements in the last epoch.</param>
/// <param name="HeldOutAccuracy">Over <paramref name="HeldOutPairs"/> decided pairs and rankings, each scored by a model that had not seen its prompt; NaN without any.</param>
/// <param name="LengthCorrelation">Pearson correlation of scores and answer lengths, over all rated answers.</param>
public sealed record RewardModelQuality(
    double TrainingLoss, double TrainingAccuracy, double HeldOutAccuracy, int HeldOutPairs, double LengthCorrelation);

/// <summary>
/// Trains a reward model on few judgements. Cross-validation over the training judgements chooses the number of epochs (early stopping)
/// and, because a fifth of 30 pairs would say little, also measures accuracy: each one is scored by the fold's model that had not seen
/// its prompt, and the held-out ones by the final model. Deterministic given the seed.
/// </summary>
public sealed class RewardModelTrainer(RewardModelOptions options, RolloutSettings batching, TrainingWorkers workers)
{
    /// <summary>The caller owns the model.</summary>
    public (RewardModel Model, RewardModelQuality Quality) Train(
        TransformerWeights policy, IReadOnlyList<Judgement> training, IReadOnlyList<Judgement> heldOut, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken)
    {
        var weighted = JudgementWeights.Assign(training, options.MaxPointwiseShare);
        var (epochs, crossValidated) = CrossValidate(policy, weighted, seed, report, cancellationToken);

        var model = RewardModel.From(policy, seed, options.Heads);
        using var fit = new RewardModelFit(model, weighted, options, batching, seed.GetHashCode());
        var loss = 0.0;
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            loss = fit.RunEpoch(cancellationToken);
            report(0.7 + 0.3 * epoch / epochs, $"Reward model: epoch {epoch} of {epochs}", [new("reward_model/loss", epoch, loss)]);
        }
        var onTraining = Score(model, weighted, cancellationToken);
        List<ScoredJudgement> unseen = [.. crossValidated, .. Score(model, heldOut, cancellationToken)];
        List<ScoredJudgement> judged = [.. unseen.Where(IsEvidence)];
        var quality = new RewardModelQuality(
            loss, ScoredJudgement.Accuracy(onTraining.Where(IsEvidence)), ScoredJudgement.Accuracy(judged), judged.Count(j => j.Margin is not null),
            LengthCorrelation(onTraining));
        report(1, "Reward model: trained", [new("reward_model/accuracy", epochs, quality.HeldOutAccuracy)]);
        return (model, quality);
    }

    private (int Epochs, IReadOnlyList<ScoredJudgement> Unseen) CrossValidate(
        TransformerWeights policy, IReadOnlyList<Judgement> judgements, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken)
    {
        if (CrossValidation.FoldOf(judgements, options.Folds, new Random(seed.GetHashCode())) is not { } folds) return (options.Epochs, []);
        var scores = new IReadOnlyList<ScoredJudgement>[options.Folds][];
        var done = 0;
        workers.Run([.. Enumerable.Range(0, options.Folds).Select(fold => (Action)(() =>
        {
            Judgement[] seen = [.. judgements.Where((_, i) => folds[i] != fold)], unseen = [.. judgements.Where((_, i) => folds[i] == fold)];
            scores[fold] = ScoreByEpoch(policy, seen, unseen, seed, cancellationToken);
            var finished = Interlocked.Increment(ref done);
            report(0.7 * finished / options.Folds, $"Reward model: cross-validation, part {finished} of {options.Folds}", []);
        }))]);
        var best = Enumerable.Range(0, options.Epochs).MinBy(epoch => scores.SelectMany(f => f[epoch]).Sum(s => s.Loss * s.Judgement.Weight));
        return (best + 1, [.. scores.SelectMany(f => f[best])]);
    }

    /// <summary>Trains on <paramref name="seen"/>; scores of <paramref name="unseen"/> after each epoch.</summary>
    private IReadOnlyList<ScoredJudgement>[] ScoreByEpoch(
        TransformerWeights policy, IReadOnlyList<Judgement> seen, IReadOnlyList<Judgement> unseen, long seed, CancellationToken cancellationToken)
    {
        using var model = RewardModel.From(policy, seed, options.Heads);
        using var fit = new RewardModelFit(model, seen, options, batching, seed.GetHashCode());
        var scores = new IReadOnlyList<ScoredJudgement>[options.Epochs];
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            fit.RunEpoch(cancellationToken);
            scores[epoch] = Score(model, unseen, cancellationToken);
        }
        return scores;
    }

    private List<ScoredJudgement> Score(RewardModel model, IReadOnlyList<Judgement> judgements, CancellationToken cancellationToken)
    {
        double[] scores =
            [.. model.Estimates([.. judgements.SelectMany(j => j.Answers)], batching.Pad, batching.MicroBatchTokens, cancellationToken).Select(e => e.Mean)];
        var start = 0;
        return [.. judgements.Select(j => new ScoredJudgement(j, scores[start..(start += j.Answers.Count)]))];
    }

    /// <summary>What the gate looks at. Texts that people wrote are too easily told from the policy's to prove anything.</summary>
    private static bool IsEvidence(ScoredJudgement scored) => scored.Judgement.Kind is JudgementKind.Pair or JudgementKind.Ranking;

    private static double LengthCorrelation(IReadOnlyList<ScoredJudgement> judgements) => Correlation.Pearson(
        [.. judgements.SelectMany(j => j.Scores)], [.. judgements.SelectMany(j => j.Judgement.Answers).Select(a => (double)a.Answer.Count)]);
}
