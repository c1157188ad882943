using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Training.Bench;

/// <summary>Random prompts and answers of a chat's lengths, and the two training steps on them.</summary>
internal sealed class Work(int microBatchTokens, bool checkpointing = false)
{
    private const int Answers = 16;
    private readonly IReadOnlyList<TokenizedAnswer> _answers = [.. Draw(new Random(1))];

    private RolloutSettings Batching => new(EndIds: [2], Pad: 0, MaxAnswerTokens: 160, microBatchTokens, checkpointing);

    /// <summary>The same work with <see cref="Transformer.GradientCheckpointing"/>.</summary>
    public Work Recomputing() => new(microBatchTokens, checkpointing: true);

    public IEnumerable<int> Lengths => _answers.Select(a => a.Length);
    public int AnswerTokens => _answers.Sum(a => a.Answer.Count);
    /// <summary>Tokens that the forward passes run over, padding included.</summary>
    public int PaddedTokens => LengthBuckets.Split([.. Lengths], microBatchTokens).Sum(g => g.Length * g.Max(i => _answers[i].Length));
    public double PolicyOperations(bool frozen) => Shape.UsefulOperations(Lengths, AnswerTokens, frozen);
    public double RewardOperations => Shape.UsefulOperations(Lengths, 0);

    /// <summary>One optimiser step of PPO on the policy.</summary>
    public (Action Step, IDisposable Owned) PolicyStep(Transformer policy)
    {
        var options = new PpoOptions { Epochs = 1, Minibatches = 1, LearningRate = 1e-6 };
        var update = new PolicyUpdate(policy, options, Batching);
        var random = new Random(2);
        Experience[] experience = [.. _answers.Select(a => new Experience
        {
            Tokens = a,
            LogPolicy = [.. a.Answer.Select(_ => -10.4f)],
            LogReference = [.. a.Answer.Select(_ => -10.4f)],
            Entropy = [],
            Score = 0,
            Advantages = [.. a.Answer.Select(_ => random.NextDouble() - 0.5)],
        })];
        return (() => update.Run(experience, 0, new Random(3), default), update);
    }

    /// <summary>One optimiser step of the reward model, on as many answers in pairs.</summary>
    public (Action Step, IDisposable Owned) RewardStep(RewardModel model)
    {
        Judgement[] pairs = [.. _answers.Chunk(2).Select(p => Judgement.Pair("rater", p[0], p[1], PairOutcome.First))];
        var fit = new RewardModelFit(model, pairs, new() { Minibatch = pairs.Length, LearningRate = 1e-6, HeadLearningRate = 1e-6 }, Batching, seed: 1);
        return (() => fit.RunEpoch(0, default), fit);
    }

    public static Transformer Adapted(TransformerWeights weights) =>
        new(weights, new AdapterOptions { Kind = AdapterKind.Lora }.For(weights, seed: 1));

    /// <summary>Pairs share a prompt of 10 to 120 tokens; answers have 20 to 160.</summary>
    private static IEnumerable<TokenizedAnswer> Draw(Random random)
    {
        for (var i = 0; i < Answers / 2; i++)
        {
            var prompt = Tokens(random.Next(10, 121));
            yield return new(prompt, Tokens(random.Next(20, 161)));
            yield return new(prompt, Tokens(random.Next(20, 161)));
        }

        IReadOnlyList<int> Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(3, Shape.Config.VocabularySize))];
    }
}
