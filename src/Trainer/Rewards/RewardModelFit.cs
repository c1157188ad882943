using ChatLoop.Model.Tensors;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Fits one reward model to judgements, epoch by epoch: the weighted mean of Bradley-Terry and thumb losses, plus centring. Owns
/// the optimisers' moments, not the model.
/// </summary>
internal sealed class RewardModelFit : IDisposable
{
    private readonly RewardModel _model;
    private readonly IReadOnlyList<Judgement> _judgements;
    private readonly RewardModelOptions _options;
    private readonly RolloutSettings _batching;
    private readonly Random _random;
    private readonly AdamOptimizer _trunk;
    private readonly AdamOptimizer _head;
    private readonly LearningRateSchedule _schedule;
    private int _step;

    public RewardModelFit(RewardModel model, IReadOnlyList<Judgement> judgements, RewardModelOptions options, RolloutSettings batching, int seed)
    {
        (_model, _judgements, _options, _batching, _random) = (model, judgements, options, batching, new Random(seed));
        _trunk = new AdamOptimizer(model.Trunk.Weights.Parameters, epsilon: 1e-8, options.WeightDecay);
        _head = new AdamOptimizer([model.Weight, model.Bias], epsilon: 1e-8, options.WeightDecay);
        var steps = options.Epochs * ((judgements.Count + options.Minibatch - 1) / options.Minibatch);
        _schedule = new LearningRateSchedule(1, steps, WarmUpSteps: Math.Min(steps / 10, 10));
    }

    /// <summary>One pass. Returns the mean loss, centring left out.</summary>
    public double RunEpoch(CancellationToken cancellationToken)
    {
        Judgement[] shuffled = [.. _judgements];
        _random.Shuffle(shuffled);
        _model.RequireGradients(true);
        var loss = shuffled.Chunk(_options.Minibatch).Sum(m => Step(m, cancellationToken));
        _model.RequireGradients(false);
        return loss / _judgements.Sum(j => j.Weight);
    }

    private double Step(Judgement[] minibatch, CancellationToken cancellationToken)
    {
        var weight = minibatch.Sum(j => j.Weight);
        if (weight <= 0) return 0;
        var total = 0.0;
        _trunk.ZeroGradients();
        _head.ZeroGradients();
        foreach (var group in LengthBuckets.Split([.. minibatch.Select(LongestTimesAnswers)], _batching.MicroBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (loss, centring) = Losses([.. group.Select(i => minibatch[i])]);
            loss.Plus(centring.Times(_options.Centring)).Over(weight).backward();
            total += loss.item<float>();
        }
        GradientNorm.Clip(_model.Parameters, _options.MaxGradientNorm);
        var factor = _schedule.At(_step++);
        _trunk.Step(factor * _options.LearningRate);
        _head.Step(factor * _options.HeadLearningRate);
        return total;
    }

    /// <summary>Weighted sums over a micro-batch.</summary>
    private (Tensor Loss, Tensor Centring) Losses(Judgement[] judgements)
    {
        Judgement[] pairs = [.. judgements.Where(j => j.IsPair)], thumbs = [.. judgements.Where(j => !j.IsPair)];
        using var batch = PaddedBatch.Of(
            [.. pairs.Select(p => p.First), .. pairs.Select(p => p.Second!), .. thumbs.Select(t => t.First)], _batching.Pad);
        var scores = _model.RawScores(batch);
        var (first, second) = (scores.narrow(0, 0, pairs.Length), scores.narrow(0, pairs.Length, pairs.Length));
        var thumbScores = scores.narrow(0, 2 * pairs.Length, thumbs.Length);
        var pairWeights = Floats(pairs, p => p.Weight);
        return (
            (pairWeights * BradleyTerry.Loss(first, second, Floats(pairs, p => p.Label))).sum().Plus(
                (Floats(thumbs, t => t.Weight) * ThumbLikelihood.Loss(thumbScores, Floats(thumbs, t => t.Label))).sum()),
            (pairWeights * BradleyTerry.Centring(first, second)).sum());
    }

    private static int LongestTimesAnswers(Judgement judgement) => judgement.Second is { } second
        ? 2 * Math.Max(judgement.First.Length, second.Length)
        : judgement.First.Length;

    private static Tensor Floats(Judgement[] judgements, Func<Judgement, double> number) =>
        tensor(judgements.Select(j => (float)number(j)).ToArray());

    public void Dispose()
    {
        _trunk.Dispose();
        _head.Dispose();
    }
}
