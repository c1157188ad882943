using ChatLoop.Model.Tensors;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// What the policy itself sees in the answers that were judged, and heads that are fitted to it before the trunk learns. With few
/// judgements these heads are better than any that are trained together with the trunk; and where the trunk then learns, it starts from a
/// head that knows what it is about, so that it is not bent to fit a random one (Kumar et al. 2022, arXiv:2202.10054). Owns its tensors.
/// Shapes: A answers, F features, K heads.
/// </summary>
internal sealed class ProbedFeatures : IDisposable
{
    /// <summary>Of scores' logits: from almost no freedom to as much as hundreds of judgements can fill.</summary>
    private static readonly double[] Penalties = [0.1, 0.3, 1, 3, 10, 30];

    /// <summary>Where there are too few prompts to choose: the choice for most preferences at 50 to 1,000 judgements.</summary>
    private const double UsualPenalty = 3;

    /// <summary>
    /// Of the heads' anchors: about how far two heads' logits are apart on an answer of which nothing was judged. Not the prior's own
    /// 1 / sqrt(penalty), which is large where a small penalty fits and would drown what the heads learned.
    /// </summary>
    private const double AnchorDeviation = 0.5;

    private readonly FeatureScaling _scaling;
    private readonly Tensor _features;
    private readonly int[] _starts;

    /// <param name="seen">Their order is that of every later call, whatever their weights are then.</param>
    public ProbedFeatures(IReadOnlyList<SeenJudgement> seen)
    {
        float[][] features = [.. seen.SelectMany(s => s.Features)];
        var next = 0;
        _starts = [.. seen.Select(s => (next += s.Features.Count) - s.Features.Count)];
        _scaling = FeatureScaling.Of(features);
        using var scope = NewDisposeScope();
        _features = _scaling.Apply(tensor(features.SelectMany(f => f).ToArray(), [features.Length, features[0].Length])).DetachFromDisposeScope();
    }

    /// <summary>The penalty whose heads cost least on judgements that they were not fitted to.</summary>
    /// <param name="folds">The fold of each judgement.</param>
    /// <param name="parts">Folds that are worked through.</param>
    public double ChoosePenalty(
        IReadOnlyList<Judgement> judgements, int[] folds, int parts, TrainingWorkers workers, CancellationToken cancellationToken)
    {
        var losses = new float[parts][];
        workers.Run([.. Enumerable.Range(0, parts).Select(fold => (Action)(() => losses[fold] = LossesOf(fold)))]);
        return Penalties.Index().MinBy(p => losses.Sum(l => l[p.Index])).Item;

        float[] LossesOf(int fold)
        {
            using var scope = NewDisposeScope();
            int[] seen = [.. Members(f => f != fold)], unseen = [.. Members(f => f == fold)];
            var everyone = Enumerable.Repeat(Enumerable.Repeat(1, Penalties.Length).ToArray(), seen.Length).ToArray();
            Judgement[] learned = [.. seen.Select(i => judgements[i])], tested = [.. unseen.Select(i => judgements[i])];
            using var likelihood = new FeedbackLikelihood(learned);
            var (weights, biases) = LinearProbe.Fit(
                learned, likelihood, FeaturesOf(judgements, seen), everyone, Penalties, zeros(Penalties.Length, _features.shape[1]), cancellationToken);
            using var noGrad = no_grad();
            var costs = likelihood.Losses(tested, nn.functional.linear(FeaturesOf(judgements, unseen), weights, biases));
            return (tensor(tested.Select(j => (float)j.Weight).ToArray()).unsqueeze(1) * costs).sum(dim: 0).data<float>().ToArray();
        }

        IEnumerable<int> Members(Func<int, bool> wanted) => Enumerable.Range(0, judgements.Count).Where(i => wanted(folds[i]));
    }

    /// <summary>
    /// Gives the model heads that are fitted to some of the judgements, each to its own bootstrap sample and anchored at its own random draw
    /// (Pearce et al. 2020, "Uncertainty in neural networks: approximately Bayesian ensembling"), so that they differ where
    /// nothing was judged.
    /// </summary>
    /// <param name="members">Indices of the judgements.</param>
    /// <param name="penalty">Null where none could be chosen.</param>
    public void FitHeads(
        RewardModel model, IReadOnlyList<Judgement> judgements, int[] members, double? penalty, int seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        var strength = penalty ?? UsualPenalty;
        var drawn = ScalarArithmetic.Normal(AnchorDeviation, [model.Heads, _features.shape[1]], generator);
        Judgement[] learned = [.. members.Select(i => judgements[i])];
        using var likelihood = new FeedbackLikelihood(learned);
        var (weights, biases) = LinearProbe.Fit(
            learned, likelihood, FeaturesOf(judgements, members), Bootstrap.Draw(members.Length, model.Heads, new Random(seed)),
            [.. Enumerable.Repeat(strength, model.Heads)], drawn - drawn.mean([0], keepdim: true), cancellationToken);
        model.TakeHeads(_scaling, weights, biases);
        model.Likelihood = likelihood.Values;
    }

    private Tensor FeaturesOf(IReadOnlyList<Judgement> judgements, int[] members) => _features.index_select(
        0, tensor(members.SelectMany(i => Enumerable.Range(_starts[i], judgements[i].Answers.Count)).Select(row => (long)row).ToArray()));

    public void Dispose()
    {
        _scaling.Dispose();
        _features.Dispose();
    }
}
