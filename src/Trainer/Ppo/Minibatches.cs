using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Rollouts;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>Splits experience into minibatches (one optimiser step each) and those into micro-batches (one forward pass each).</summary>
internal static class Minibatches
{
    /// <summary>Warms up over the first iteration's steps and reaches 0 after the last iteration's.</summary>
    public static LearningRateSchedule Schedule(PpoOptions options, double peak)
    {
        var perIteration = options.Epochs * options.Minibatches;
        return new(peak, options.Iterations * perIteration, WarmUpSteps: options.Iterations > 1 ? perIteration : 0);
    }

    /// <summary>A shuffled split into <paramref name="count"/> parts whose sizes differ by at most 1.</summary>
    public static IEnumerable<T[]> Shuffle<T>(IReadOnlyList<T> examples, int count, Random random)
    {
        T[] shuffled = [.. examples];
        random.Shuffle(shuffled);
        for (var i = 0; i < count; i++) yield return shuffled[(i * shuffled.Length / count)..((i + 1) * shuffled.Length / count)];
    }

    public static IEnumerable<Experience[]> MicroBatches(IReadOnlyList<Experience> minibatch, int maxTokens) =>
        LengthBuckets.Split([.. minibatch.Select(e => e.Tokens.Length)], maxTokens).Select(g => g.Select(i => minibatch[i]).ToArray());

    public static int AnswerTokens(IReadOnlyList<Experience> minibatch) => minibatch.Sum(e => e.Tokens.Answer.Count);

    /// <summary>One number per answer token of a micro-batch, packed in the order of <see cref="PaddedBatch"/>, [N].</summary>
    public static Tensor Pack(IReadOnlyList<Experience> microBatch, Func<Experience, IEnumerable<double>> numbers) =>
        tensor(microBatch.SelectMany(numbers).Select(x => (float)x).ToArray());

    public static Tensor Pack(IReadOnlyList<Experience> microBatch, Func<Experience, IEnumerable<float>> numbers) =>
        tensor(microBatch.SelectMany(numbers).ToArray());
}
