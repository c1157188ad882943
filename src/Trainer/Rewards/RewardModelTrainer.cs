using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Trains a reward model on few judgements. Cross-validation over the training judgements chooses the number of epochs (early stopping),
/// tells which raters to trust and whether to correct for length, and, because a fifth of 30 pairs would say little, also measures
/// accuracy: each judgement is scored by the fold's model that had not seen its prompt, and the held-out ones by the final model.
/// Of raters who want opposite things it learns from the larger group alone, and says so.
/// Deterministic given the seed.
/// </summary>
public sealed class RewardModelTrainer(RewardModelOptions options, RolloutSettings batching, TrainingWorkers workers)
{
    private const int FinalModel = -1;

    /// <summary>The caller owns the model.</summary>
    public (RewardModel Model, RewardModelQuality Quality) Train(
        TransformerWeights policy, IReadOnlyList<Judgement> training, IReadOnlyList<Judgement> heldOut, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken)
    {
        var opposed = new RaterSurvey(options.Folds, batching).Opposed(policy, training, seed, cancellationToken);
        var folds = CrossValidate(policy, JudgementWeights.Assign(training, options.MaxPointwiseShare, r => IsFollowed(r) ? 1 : 0), seed, report, cancellationToken);
        var reliability = RaterReliability.Estimate(folds.After(folds.BestEpoch(_ => 1)), options.RaterTrust);
        var epochs = folds.BestEpoch(Reliability);
        var crossValidated = folds.After(epochs);
        var trusted = JudgementWeights.Assign(training, options.MaxPointwiseShare, Reliability);

        var model = RewardModel.From(policy, seed, options.Heads);
        var loss = Fit(model, trusted, epochs, seed, report, cancellationToken);
        var isLengthCorrected = options.CorrectLength && LengthCorrection.Helps(crossValidated);
        if (isLengthCorrected)
        {
            model.LengthSlope = LengthCorrection.SlopeOf(Score(model, trusted, FinalModel, cancellationToken));
            // An answer of mean length keeps its score: thumbs and stars are about the level.
            model.Raise(model.LengthSlope * trusted.SelectMany(j => j.Answers).Average(a => a.Answer.Count));
            var slope = LengthCorrection.SlopeOf(crossValidated);
            crossValidated = [.. crossValidated.Select(s => s.Without(slope))];
        }
        var onTraining = Score(model, trusted, FinalModel, cancellationToken);
        List<ScoredJudgement> unseen = [.. crossValidated, .. Score(model, heldOut, FinalModel, cancellationToken)];
        var quality = Measure(onTraining, [.. unseen.Where(s => IsFollowed(s.Judgement.RaterId))]) with
        {
            Camps = opposed?.Report(crossValidated.Where(s => s.Judgement.IsEvidence)),
            TrainingLoss = loss,
            LengthCorrected = isLengthCorrected,
            DoubtedRaters = training.Select(j => j.RaterId).Distinct(StringComparer.Ordinal).Count(r => Reliability(r) < 0.5),
        };
        report(1, "Reward model: trained", quality.Points(epochs));
        return (model, quality);

        bool IsFollowed(string rater) => opposed?.Other.Contains(rater) != true;
        double Reliability(string rater) => IsFollowed(rater) ? reliability.GetValueOrDefault(rater, 1) : 0;
    }

    private double Fit(
        RewardModel model, IReadOnlyList<Judgement> judgements, int epochs, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken)
    {
        using var fit = new RewardModelFit(model, judgements, options, batching, seed.GetHashCode());
        var loss = 0.0;
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            loss = fit.RunEpoch(cancellationToken);
            report(0.7 + 0.3 * epoch / epochs, $"Reward model: epoch {epoch} of {epochs}", [new("reward_model/loss", epoch, loss)]);
        }
        model.Likelihood = fit.Likelihood;
        return loss;
    }

    private CrossValidated CrossValidate(
        TransformerWeights policy, IReadOnlyList<Judgement> judgements, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken)
    {
        if (CrossValidation.FoldOf(judgements, options.Folds, new Random(seed.GetHashCode())) is not { } folds) return new(options.Epochs, []);
        var scores = new IReadOnlyList<ScoredJudgement>[options.Folds][];
        var done = 0;
        workers.Run([.. Enumerable.Range(0, options.Folds).Select(fold => (Action)(() =>
        {
            Judgement[] seen = [.. judgements.Where((_, i) => folds[i] != fold)], unseen = [.. judgements.Where((_, i) => folds[i] == fold)];
            scores[fold] = ScoreByEpoch(policy, seen, unseen, fold, seed, cancellationToken);
            var finished = Interlocked.Increment(ref done);
            report(0.7 * finished / options.Folds, $"Reward model: cross-validation, part {finished} of {options.Folds}", []);
        }))]);
        return new(options.Epochs, scores);
    }

    /// <summary>Trains on <paramref name="seen"/>; scores of <paramref name="unseen"/> after each epoch.</summary>
    private IReadOnlyList<ScoredJudgement>[] ScoreByEpoch(
        TransformerWeights policy, IReadOnlyList<Judgement> seen, IReadOnlyList<Judgement> unseen, int fold, long seed,
        CancellationToken cancellationToken)
    {
        using var model = RewardModel.From(policy, seed, options.Heads);
        using var fit = new RewardModelFit(model, seen, options, batching, seed.GetHashCode());
        var scores = new IReadOnlyList<ScoredJudgement>[options.Epochs];
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            fit.RunEpoch(cancellationToken);
            scores[epoch] = Score(model, unseen, fold, cancellationToken);
        }
        return scores;
    }

    /// <summary>The heads' mean scores.</summary>
    private List<ScoredJudgement> Score(RewardModel model, IReadOnlyList<Judgement> judgements, int number, CancellationToken cancellationToken)
    {
        double[] scores =
            [.. model.Estimates([.. judgements.SelectMany(j => j.Answers)], batching.Pad, batching.MicroBatchTokens, cancellationToken).Select(e => e.Mean)];
        var start = 0;
        return [.. judgements.Select(j => new ScoredJudgement(j, scores[start..(start += j.Answers.Count)], number))];
    }

    private static RewardModelQuality Measure(IReadOnlyList<ScoredJudgement> onTraining, IReadOnlyList<ScoredJudgement> unseen)
    {
        List<ScoredJudgement> evidence = [.. unseen.Where(s => s.Judgement.IsEvidence)];
        double[] margins = [.. evidence.Select(j => j.Margin).OfType<double>()];
        return new()
        {
            TrainingAccuracy = ScoredJudgement.Accuracy(onTraining.Where(s => s.Judgement.IsEvidence)),
            HeldOutAccuracy = ScoredJudgement.Accuracy(evidence),
            HeldOutPairs = margins.Length,
            LengthCorrelation = Correlation.Pearson(
                [.. onTraining.SelectMany(j => j.Scores)], [.. onTraining.SelectMany(j => j.Judgement.Answers).Select(a => (double)a.Answer.Count)]),
            ByKind = KindAccuracy.Of(unseen),
            Calibration = Calibration.Bins(margins),
        };
    }

    /// <param name="ByFold">Scores of each fold's judgements after each epoch; no folds when there were too few prompts.</param>
    private sealed record CrossValidated(int Epochs, IReadOnlyList<ScoredJudgement>[][] ByFold)
    {
        /// <summary>After the first to last epoch, 1 to <see cref="Epochs"/>.</summary>
        public IReadOnlyList<ScoredJudgement> After(int epoch) => [.. ByFold.SelectMany(f => f[epoch - 1])];

        /// <summary>The epoch after which the unseen judgements cost least, each by its weight and its rater's reliability; the last without folds.</summary>
        public int BestEpoch(Func<string, double> reliability) => ByFold.Length == 0
            ? Epochs
            : Enumerable.Range(1, Epochs).MinBy(epoch => After(epoch).Sum(s => s.WeightedLoss * reliability(s.Judgement.RaterId)));
    }
}
