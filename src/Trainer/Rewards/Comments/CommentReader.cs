using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Rewards.Comments;

/// <summary>
/// Reads comments: a model with a reward model's heads that sees what the rater said, s = f(words), learns from the verdicts that came
/// with words and tells what thumb would have gone with words that stand alone, q = mean over the heads of sigmoid(s). The served
/// reward model, which sees the answer and no words, learns from q as from a soft thumb: learning with privileged information
/// (Lopez-Paz et al. 2016, arXiv:1511.03643, generalised distillation at temperature 1). Cross-validation by prompt chooses the number
/// of epochs and measures whether the reader beats chance; where it does not, nothing was read. Deterministic given the seed.
/// </summary>
public sealed class CommentReader(RewardModelOptions options, RolloutSettings batching, TrainingWorkers workers)
{
    /// <summary>Adam's rate for the heads, which start from nothing.</summary>
    private const double HeadLearningRate = 1e-3;

    private readonly RewardModelOptions _options = options with { Epochs = options.CommentEpochs, HeadLearningRate = HeadLearningRate };

    /// <summary>The comments that stand alone, as judgements with what was read in them; none where reading them would be a guess.</summary>
    public (IReadOnlyList<Judgement> Judgements, CommentReading Reading) Read(
        TransformerWeights policy, IReadOnlyList<CommentedAnswer> comments, long seed, CancellationToken cancellationToken)
    {
        var worded = WordedVerdict.Of(comments);
        CommentedAnswer[] alone = [.. comments.Where(c => c.Verdict is null)];
        var reading = new CommentReading { WordedVerdicts = worded.Count, Alone = alone.Length };
        if (alone.Length == 0 || CrossValidate(policy, worded, seed, cancellationToken) is not var (epochs, skill)) return ([], reading);

        reading = reading with { Accuracy = skill.Accuracy, Chance = skill.Chance, Verdicts = skill.Verdicts, Weight = skill.Weight };
        if (skill.Weight == 0) return ([], reading);
        using var reader = RewardModel.From(policy, seed, _options.Heads);
        using var fit = Fit(reader, worded, seed);
        for (var epoch = 0; epoch < epochs; epoch++) fit.RunEpoch(epoch, cancellationToken);
        var praise = Praise(reader, [.. alone.Select(c => c.Words)], cancellationToken);
        return ([.. alone.Zip(praise, (c, p) => Judgement.Comment(c.RaterId, c.Answer, p, skill.Weight))], reading);
    }

    /// <summary>Null when there are fewer prompts than folds, or no praise or no complaint to learn.</summary>
    private (int Epochs, ReaderSkill Skill)? CrossValidate(
        TransformerWeights policy, IReadOnlyList<WordedVerdict> worded, long seed, CancellationToken cancellationToken)
    {
        if (worded.Where(w => w.IsPraise is not null).DistinctBy(w => w.IsPraise).Count() < 2) return null;
        if (CrossValidation.FoldOf([.. worded.Select(w => w.PromptKey)], _options.Folds, new Random(seed.GetHashCode())) is not { } folds) return null;
        var readings = new (double Praise, bool? IsPraise)[_options.Epochs][];
        for (var epoch = 0; epoch < _options.Epochs; epoch++) readings[epoch] = new (double, bool?)[worded.Count];
        workers.Run([.. Enumerable.Range(0, _options.Folds).Select(fold => (Action)(() => ReadFold(fold)))]);
        var best = Enumerable.Range(0, _options.Epochs).MinBy(epoch => readings[epoch].Sum(Loss));
        return (best + 1, ReaderSkill.Of(readings[best]));

        void ReadFold(int fold)
        {
            int[] unseen = [.. Enumerable.Range(0, worded.Count).Where(i => folds[i] == fold)];
            using var reader = RewardModel.From(policy, seed, _options.Heads);
            using var fit = Fit(reader, [.. worded.Where((_, i) => folds[i] != fold)], seed);
            for (var epoch = 0; epoch < _options.Epochs; epoch++)
            {
                fit.RunEpoch(epoch, cancellationToken);
                var praise = Praise(reader, [.. unseen.Select(i => worded[i].Verdict.Answers[0])], cancellationToken);
                foreach (var (i, p) in unseen.Zip(praise)) readings[epoch][i] = (p, worded[i].IsPraise);
            }
        }
    }

    private RewardModelFit Fit(RewardModel reader, IReadOnlyList<WordedVerdict> worded, long seed) =>
        new(reader, [.. worded.Select(w => w.Verdict)], _options, batching, seed.GetHashCode());

    private IEnumerable<double> Praise(RewardModel reader, IReadOnlyList<TokenizedAnswer> read, CancellationToken cancellationToken) =>
        reader.Estimates(read, batching.Pad, batching.MicroBatchTokens, cancellationToken).Select(e => e.Probability);

    private static double Loss((double Praise, bool? IsPraise) reading) =>
        reading.IsPraise is { } isPraise ? -Math.Log(Math.Max(isPraise ? reading.Praise : 1 - reading.Praise, 1e-12)) : 0;
}
