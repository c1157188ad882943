using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rewards;

/// <param name="TrainingLoss">Weighted mean over the training judgements in the last epoch.</param>
/// <param name="HeldOutAccuracy">Over <paramref name="HeldOutPairs"/> decided pairs, each scored by a model that had not seen its prompt; NaN without any.</param>
/// <param name="LengthCorrelation">Pearson correlation of scores and answer lengths, over all rated answers.</param>
public sealed record RewardModelQuality(
    double TrainingLoss, double TrainingAccuracy, double HeldOutAccuracy, int HeldOutPairs, double LengthCorrelation);

/// <summary>
/// Trains a reward model on few judgements. Cross-validation over the training pairs chooses the number of epochs (early stopping) and,
/// because a fifth of 30 pairs would say little, also measures accuracy: each pair is scored by the fold's model that had not seen
/// its prompt, and the held-out pairs by the final one. Deterministic given the seed.
/// </summary>
public sealed class RewardModelTrainer(RewardModelOptions options, RolloutSettings batching, TrainingWorkers workers)
{
    /// <summary>The caller owns the model.</summary>
    public (RewardModel Model, RewardModelQuality Quality) Train(
        TransformerWeights policy, IReadOnlyList<Judgement> training, IReadOnlyList<Judgement> heldOut, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken)
    {
        var weighted = JudgementWeights.Assign(training, options.MaxThumbShare);
        var (epochs, crossValidated) = CrossValidate(policy, weighted, seed, report, cancellationToken);

        var model = RewardModel.From(policy, seed);
        using var fit = new RewardModelFit(model, weighted, options, batching, seed.GetHashCode());
        var loss = 0.0;
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            loss = fit.RunEpoch(cancellationToken);
            report(0.7 + 0.3 * epoch / epochs, $"Reward model: epoch {epoch} of {epochs}", [new("reward_model/loss", epoch, loss)]);
        }
        var onTraining = Score(model, weighted.Where(j => j.IsPair), cancellationToken);
        List<PairScores> unseen = [.. crossValidated, .. Score(model, heldOut, cancellationToken)];
        var quality = new RewardModelQuality(
            loss, PairScores.Accuracy(onTraining), PairScores.Accuracy(unseen), unseen.Count(p => p.Pair.IsInformative), LengthCorrelation(onTraining));
        report(1, "Reward model: trained", [new("reward_model/accuracy", epochs, quality.HeldOutAccuracy)]);
        return (model, quality);
    }

    private (int Epochs, IReadOnlyList<PairScores> Unseen) CrossValidate(
        TransformerWeights policy, IReadOnlyList<Judgement> judgements, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken)
    {
        var folds = CrossValidation.FoldOf([.. judgements.Where(j => j.IsPair)], options.Folds, new Random(seed.GetHashCode()));
        if (folds is null) return (options.Epochs, []);
        Judgement[] pairs = [.. judgements.Where(j => j.IsPair)], thumbs = [.. judgements.Where(j => !j.IsPair)];
        var scores = new IReadOnlyList<PairScores>[options.Folds][];
        var done = 0;
        workers.Run([.. Enumerable.Range(0, options.Folds).Select(fold => (Action)(() =>
        {
            Judgement[] seen = [.. pairs.Where((_, i) => folds[i] != fold), .. thumbs];
            scores[fold] = ScoreByEpoch(policy, seen, [.. pairs.Where((_, i) => folds[i] == fold)], seed, cancellationToken);
            var finished = Interlocked.Increment(ref done);
            report(0.7 * finished / options.Folds, $"Reward model: cross-validation, part {finished} of {options.Folds}", []);
        }))]);
        var best = Enumerable.Range(0, options.Epochs).MinBy(epoch => scores.SelectMany(f => f[epoch]).Average(p => p.Loss * p.Pair.Weight));
        return (best + 1, [.. scores.SelectMany(f => f[best])]);
    }

    /// <summary>Trains on <paramref name="seen"/>; scores of <paramref name="unseen"/> after each epoch.</summary>
    private IReadOnlyList<PairScores>[] ScoreByEpoch(
        TransformerWeights policy, IReadOnlyList<Judgement> seen, IReadOnlyList<Judgement> unseen, long seed, CancellationToken cancellationToken)
    {
        using var model = RewardModel.From(policy, seed);
        using var fit = new RewardModelFit(model, seen, options, batching, seed.GetHashCode());
        var scores = new IReadOnlyList<PairScores>[options.Epochs];
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            fit.RunEpoch(cancellationToken);
            scores[epoch] = Score(model, unseen, cancellationToken);
        }
        return scores;
    }

    private List<PairScores> Score(RewardModel model, IEnumerable<Judgement> judgements, CancellationToken cancellationToken)
    {
        Judgement[] pairs = [.. judgements];
        var scores = model.RawScores(
            [.. pairs.Select(p => p.First), .. pairs.Select(p => p.Second!)], batching.Pad, batching.MicroBatchTokens, cancellationToken);
        return [.. pairs.Select((p, i) => new PairScores(p, scores[i], scores[pairs.Length + i]))];
    }

    private static double LengthCorrelation(IReadOnlyList<PairScores> pairs) => Correlation.Pearson(
        [.. pairs.Select(p => p.First), .. pairs.Select(p => p.Second)],
        [.. pairs.Select(p => (double)p.Pair.First.Answer.Count), .. pairs.Select(p => (double)p.Pair.Second!.Answer.Count)]);
}
