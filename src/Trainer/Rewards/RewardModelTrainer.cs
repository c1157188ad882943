using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Trains a reward model on few judgements: first its heads, then, for as long as it helps, all of it. Cross-validation over the training
/// judgements chooses the heads' penalty and the number of epochs (early stopping), tells which raters to trust and whether to correct for length, and, because a fifth of 30 pairs would say little, also measures
/// accuracy: each judgement is scored by the fold's model that had not seen its prompt, and the held-out ones by the final model.
/// Of raters who want opposite things it learns from the larger group alone, and says so.
/// Deterministic given the seed, also where it goes on from a resume point: each part of the cross-validation and each epoch of the final fit
/// makes one.
/// </summary>
public sealed class RewardModelTrainer(RewardModelOptions options, RolloutSettings batching, TrainingWorkers workers)
{
    private const int FinalModel = -1;

    private const string FitPart = "fit";

    /// <summary>The caller owns the model.</summary>
    /// <param name="resume">Null where the training need not survive a kill.</param>
    public (RewardModel Model, RewardModelQuality Quality) Train(
        TransformerWeights policy, IReadOnlyList<Judgement> training, IReadOnlyList<Judgement> heldOut, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, CancellationToken cancellationToken, ResumeFolder? resume = null)
    {
        var seen = SeenJudgement.Of(policy, training, batching, cancellationToken);
        var opposed = new RaterSurvey(options.Folds).Opposed(seen, seed);
        using var probed = new ProbedFeatures(seen);
        var folds = CrossValidate(
            policy, probed, JudgementWeights.Assign(training, options.MaxPointwiseShare, options.LargestShare, r => IsFollowed(r) ? 1 : 0), seed, report, resume, cancellationToken);
        var reliability = RaterReliability.Estimate(folds.After(folds.BestEpoch(_ => 1)), options.RaterTrust);
        var epochs = folds.BestEpoch(Reliability);
        var crossValidated = folds.After(epochs);
        var trusted = JudgementWeights.Assign(training, options.MaxPointwiseShare, options.LargestShare, Reliability);

        var model = RewardModel.From(policy, seed, options.Heads);
        probed.FitHeads(model, trusted, [.. Enumerable.Range(0, trusted.Count)], folds.Penalty, seed.GetHashCode(), cancellationToken);
        var loss = Fit(model, trusted, epochs, seed, report, resume, cancellationToken);
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
            Influence = RaterShares.Influence(trusted, JudgementWeights.Assign(training, options.MaxPointwiseShare, 1, Reliability)),
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
        Action<double, string, IReadOnlyList<MetricPoint>> report, ResumeFolder? resume, CancellationToken cancellationToken)
    {
        if (epochs == 0) return MeanLoss(Score(model, judgements, FinalModel, cancellationToken));
        using var fit = new RewardModelFit(model, judgements, options, batching, seed.GetHashCode());
        var state = fit.State;
        List<double> losses = [.. resume?.Load<FitProgress>(FitPart, state)?.Losses ?? []];
        if (losses.Count > 0) Report($"Reward model: goes on after epoch {losses.Count} of {epochs}", [.. losses.Select((l, i) => Point(i + 1, l))]);
        while (losses.Count < epochs)
        {
            losses.Add(fit.RunEpoch(losses.Count, cancellationToken));
            resume?.Save(FitPart, new FitProgress(losses), state);
            Report($"Reward model: epoch {losses.Count} of {epochs}", [Point(losses.Count, losses[^1])]);
        }
        model.Likelihood = fit.Likelihood;
        return losses[^1];

        void Report(string detail, IReadOnlyList<MetricPoint> points) => report(0.7 + 0.3 * losses.Count / epochs, detail, points);

        static MetricPoint Point(int epoch, double loss) => new("reward_model/loss", epoch, loss);
    }

    private static double MeanLoss(IReadOnlyList<ScoredJudgement> scored) =>
        scored.Sum(s => s.WeightedLoss) / Math.Max(double.Epsilon, scored.Sum(s => s.Judgement.Weight));

    private CrossValidated CrossValidate(
        TransformerWeights policy, ProbedFeatures probed, IReadOnlyList<Judgement> judgements, long seed,
        Action<double, string, IReadOnlyList<MetricPoint>> report, ResumeFolder? resume, CancellationToken cancellationToken)
    {
        if (CrossValidation.FoldOf(judgements, options.Folds, new Random(seed.GetHashCode())) is not { } folds) return new(options.Epochs, null, []);
        var (parts, done) = (options.PartsFor(judgements.Count), 0);
        var penalty = probed.ChoosePenalty(judgements, folds, parts, workers, cancellationToken);
        var scores = new IReadOnlyList<ScoredJudgement>[parts][];
        workers.Run([.. Enumerable.Range(0, parts).Select(fold => (Action)(() =>
        {
            scores[fold] = ScoreByEpoch(policy, probed, judgements, folds, fold, penalty, seed, resume, cancellationToken);
            var finished = Interlocked.Increment(ref done);
            report(0.7 * finished / parts, $"Reward model: cross-validation, part {finished} of {parts}", []);
        }))]);
        return new(options.Epochs, penalty, scores);
    }

    /// <summary>Trains on the judgements of the other folds; scores of the fold's own by the heads alone and after each epoch.</summary>
    private IReadOnlyList<ScoredJudgement>[] ScoreByEpoch(
        TransformerWeights policy, ProbedFeatures probed, IReadOnlyList<Judgement> judgements, int[] folds, int fold, double penalty, long seed,
        ResumeFolder? resume, CancellationToken cancellationToken)
    {
        int[] seen = [.. Enumerable.Range(0, judgements.Count).Where(i => folds[i] != fold)];
        Judgement[] unseen = [.. judgements.Where((_, i) => folds[i] == fold)];
        var part = $"fold-{fold}";
        if (resume?.Load<FoldProgress>(part) is { } done)
            return [.. done.Scores.Select(epoch => unseen.Zip(epoch, (judgement, scores) => new ScoredJudgement(judgement, scores, fold)).ToList())];
        using var model = RewardModel.From(policy, seed, options.Heads);
        probed.FitHeads(model, judgements, seen, penalty, seed.GetHashCode(), cancellationToken);
        using var fit = new RewardModelFit(model, [.. seen.Select(i => judgements[i])], options, batching, seed.GetHashCode());
        var scores = new IReadOnlyList<ScoredJudgement>[options.Epochs + 1];
        scores[0] = Score(model, unseen, fold, cancellationToken);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            fit.RunEpoch(epoch, cancellationToken);
            scores[epoch + 1] = Score(model, unseen, fold, cancellationToken);
        }
        resume?.Save(part, new FoldProgress([.. scores.Select(epoch => epoch.Select(s => s.Scores).ToList())]));
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

    /// <param name="Scores">By the heads alone and after each epoch, of each unseen judgement, of each of its answers.</param>
    private sealed record FoldProgress(IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> Scores);

    /// <param name="Losses">Of each epoch so far.</param>
    private sealed record FitProgress(IReadOnlyList<double> Losses);

    /// <param name="Penalty">Of the heads; null when there were too few prompts.</param>
    /// <param name="ByFold">Scores of each fold's judgements by the heads alone and after each epoch; no folds when there were too few prompts.</param>
    private sealed record CrossValidated(int Epochs, double? Penalty, IReadOnlyList<ScoredJudgement>[][] ByFold)
    {
        /// <summary>By the heads alone, 0, or after the first to last epoch, 1 to <see cref="Epochs"/>.</summary>
        public IReadOnlyList<ScoredJudgement> After(int epoch) => [.. ByFold.SelectMany(f => f[epoch])];

        /// <summary>The epoch after which the unseen judgements cost least, each by its weight and its rater's reliability; the last without folds.</summary>
        public int BestEpoch(Func<string, double> reliability) => ByFold.Length == 0
            ? Epochs
            : Enumerable.Range(0, Epochs + 1).MinBy(epoch => After(epoch).Sum(s => s.WeightedLoss * reliability(s.Judgement.RaterId)));
    }
}
