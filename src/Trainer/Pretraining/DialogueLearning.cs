using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>
/// Next-token learning on batches of dialogues with AdamW. Each update is two batches, side by side on two threads (data parallelism):
/// small tensors gain little from several threads within an operation, and its barriers stall as soon as another program
/// wants the core. The sum of two gradients does not depend on their order, so the same batches give the same weights whatever the
/// number of threads. In Float32: on a processor, matrix products in BFloat16 made a step of the starter slower, by about 40 %
/// (docs/measurements.md). Owns the moments and threads, not the transformer.
/// </summary>
public sealed class DialogueLearning : IDisposable
{
    /// <summary>Batches of one update.</summary>
    public const int Shards = 2;

    private readonly Transformer _transformer;
    private readonly TrainingWorkers _workers;
    private readonly double _gradientClip;

    /// <param name="threads">At most <see cref="Shards"/> are used.</param>
    public DialogueLearning(Transformer transformer, double weightDecay, double gradientClip, int threads)
    {
        _transformer = transformer;
        _gradientClip = gradientClip;
        _workers = new TrainingWorkers(Math.Min(threads, Shards), intraOpThreads: 1, yielding: false);
        Optimizer = new AdamOptimizer(transformer.Weights.Parameters, epsilon: 1e-8, weightDecay, beta1: 0.9, beta2: 0.95, decays: p => p.dim() > 1);
    }

    public AdamOptimizer Optimizer { get; }

    /// <summary>
    /// One update. Returns the weighted mean cross-entropy per predicted token before it, in nats. Leaves the process with one
    /// thread per tensor operation.
    /// </summary>
    public double Update(IReadOnlyList<DialogueBatch> shards, double learningRate)
    {
        // The calling thread takes a shard, too, and sums in several threads would round otherwise than the workers' in one.
        set_num_threads(1);
        var loss = Backward(shards);
        GradientNorm.Clip(_transformer.Weights.Parameters, _gradientClip);
        Optimizer.Step(learningRate);
        Optimizer.ZeroGradients();
        return loss;
    }

    private double Backward(IReadOnlyList<DialogueBatch> shards)
    {
        var weight = shards.Sum(s => s.Weight);
        var losses = new double[shards.Count];
        _workers.Run([.. shards.Select((shard, i) => (Action)(() =>
        {
            using var scope = NewDisposeScope();
            var loss = shard.Loss(_transformer, weight);
            loss.backward();
            losses[i] = loss.item<float>();
        }))]);
        return losses.Sum();
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        _workers.Dispose();
    }
}
