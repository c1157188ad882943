using ChatLoop.Model.Tensors;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rewards;

/// <summary>
/// Fits one reward model to judgements, epoch by epoch: the weighted mean of their losses, plus centring, of each head over its own
/// bootstrap sample. Owns the optimisers' moments and what the likelihood learns beside the scores, not the model.
/// </summary>
internal sealed class RewardModelFit : IDisposable
{
    /// <summary>
    /// Tie parameter and cut points, in the head's rate: they start where they fit, are a handful of numbers, and have to follow the
    /// scores as these spread out.
    /// </summary>
    private const double LikelihoodRate = 10;

    private readonly RewardModel _model;
    private readonly Sampled[] _judgements;
    private readonly RewardModelOptions _options;
    private readonly RolloutSettings _batching;
    private readonly int _seed;
    private readonly FeedbackLikelihood _likelihood;
    private readonly AdamOptimizer _trunk;
    private readonly AdamOptimizer _head;
    private readonly AdamOptimizer _scales;
    private readonly LearningRateSchedule _schedule;
    private readonly double _totalWeight;
    private readonly int _stepsPerEpoch;
    private int _step;

    public RewardModelFit(RewardModel model, IReadOnlyList<Judgement> judgements, RewardModelOptions options, RolloutSettings batching, int seed)
    {
        (_model, _options, _batching, _seed) = (model, options, batching, seed);
        _judgements = [.. judgements.Zip(Bootstrap.Draw(judgements.Count, model.Heads, new Random(~seed)), (j, counts) => new Sampled(j, counts))];
        _likelihood = new FeedbackLikelihood(judgements);
        model.Trunk.GradientCheckpointing = batching.GradientCheckpointing;
        _trunk = new AdamOptimizer(model.Trunk.Weights.Parameters, epsilon: 1e-8, options.WeightDecay);
        _head = new AdamOptimizer(model.HeadParameters, epsilon: 1e-8, options.WeightDecay);
        _scales = new AdamOptimizer(_likelihood.Parameters, epsilon: 1e-8);
        _stepsPerEpoch = (judgements.Count + options.Minibatch - 1) / options.Minibatch;
        var steps = options.Epochs * _stepsPerEpoch;
        _schedule = new LearningRateSchedule(1, steps, WarmUpSteps: Math.Min(steps / 10, 10));
        _totalWeight = judgements.Sum(j => j.Weight);
    }

    /// <summary>What was learned beside the scores.</summary>
    public LikelihoodParameters Likelihood => _likelihood.Values;

    /// <summary>All that a pass changes.</summary>
    public TrainingState State => new TrainingState()
        .With("trunk", _model.Trunk.Weights).With("head", _model.HeadParameters).With("likelihood", _likelihood.Parameters)
        .With("trunk_adam", _trunk).With("head_adam", _head).With("likelihood_adam", _scales);

    /// <summary>One pass. Returns the mean loss, centring left out.</summary>
    /// <param name="epoch">Counted from 0.</param>
    public double RunEpoch(int epoch, CancellationToken cancellationToken)
    {
        var shuffled = Shuffled(epoch);
        _step = epoch * _stepsPerEpoch;
        RequireGradients(true);
        var loss = shuffled.Chunk(_options.Minibatch).Sum(m => Step(m, cancellationToken));
        RequireGradients(false);
        return loss / _totalWeight;
    }

    /// <summary>The epochs before are shuffled again, so that this one is as it would have been.</summary>
    private Sampled[] Shuffled(int epoch)
    {
        var random = new Random(_seed);
        Sampled[] shuffled = [];
        for (var e = 0; e <= epoch; e++)
        {
            shuffled = [.. _judgements];
            random.Shuffle(shuffled);
        }
        return shuffled;
    }

    private double Step(Sampled[] minibatch, CancellationToken cancellationToken)
    {
        var weight = minibatch.Sum(j => j.Judgement.Weight);
        if (weight <= 0) return 0;
        var total = 0.0;
        _trunk.ZeroGradients();
        _head.ZeroGradients();
        _scales.ZeroGradients();
        using (NewDisposeScope()) _likelihood.Prior().Over(_totalWeight).backward();
        foreach (var group in LengthBuckets.Split([.. minibatch.Select(m => PaddedTokens(m.Judgement))], _batching.MicroBatchTokens))
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
        _scales.Step(factor * _options.HeadLearningRate * LikelihoodRate);
        return total;
    }

    /// <summary>Weighted sums over a micro-batch, means over the heads.</summary>
    private (Tensor Loss, Tensor Centring) Losses(Sampled[] sampled)
    {
        Judgement[] judgements = [.. sampled.Select(s => s.Judgement)];
        using var batch = PaddedBatch.Of([.. judgements.SelectMany(j => j.Answers)], _batching.Pad);
        var scores = _model.HeadScores(batch);
        var weights = tensor(
            sampled.SelectMany(s => s.Counts.Select(c => (float)(s.Judgement.Weight * c / _model.Heads))).ToArray(), [sampled.Length, _model.Heads]);
        return ((weights * _likelihood.Losses(judgements, scores)).sum(), (weights * FeedbackLikelihood.Centring(judgements, scores)).sum());
    }

    private static int PaddedTokens(Judgement judgement) => judgement.Answers.Count * judgement.Answers.Max(a => a.Length);

    private void RequireGradients(bool required)
    {
        _model.RequireGradients(required);
        _likelihood.RequireGradients(required);
    }

    public void Dispose()
    {
        _trunk.Dispose();
        _head.Dispose();
        _scales.Dispose();
        _likelihood.Dispose();
    }

    /// <param name="Counts">How often each head learns from it.</param>
    private sealed record Sampled(Judgement Judgement, int[] Counts);
}
