using ChatLoop.Trainer.Groups;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Groups;

/// <summary>With the KL in the reward, groups without a critic lead to the optimum that PPO reaches.</summary>
public sealed class GroupOptimumTests
{
    private const int Answers = 512, GroupSize = 4;

    public static TheoryData<string> Algorithms => ["RLOO", "Dr. GRPO", "GRPO"];

    /// <summary>At the optimum every answer's reward is the same, so that the deviation that GRPO divides by moves no fixed point.</summary>
    private static double[] Advantages(string algorithm, ReadOnlySpan<double> rewards) => algorithm switch
    {
        "RLOO" => LeaveOneOut.Advantages(rewards),
        "Dr. GRPO" => GroupRelative.Advantages(rewards, GroupScale.None),
        _ => GroupRelative.Advantages(rewards, GroupScale.Bessel),
    };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void The_one_state_problem(string algorithm)
    {
        using var scope = NewDisposeScope();
        using var problem = new ExactOptimum(seed: 11);
        using var adam = new AdamOptimizer([problem.Logits], epsilon: 1e-5);
        const int iterations = 150;
        var schedule = new LearningRateSchedule(0.05, iterations);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            using var step = NewDisposeScope();
            var answers = problem.Sample(Answers);
            var old = problem.LogPolicy(answers).detach();
            var advantages = tensor(problem.Rewards(answers).Chunk(GroupSize).SelectMany(g => Advantages(algorithm, g)).ToArray());
            for (var epoch = 0; epoch < 2; epoch++)
            {
                adam.ZeroGradients();
                new TokenMean(Answers).Share(ClippedSurrogate.Evaluate(problem.LogPolicy(answers), old, advantages, 0.2).Loss).backward();
                adam.Step(schedule.At(iteration));
            }
        }

        problem.AssertReached();
    }

    /// <summary>
    /// A or B, then A or B, with the score after both: see <see cref="Ppo.CreditTests"/>. Both tokens get the answer's advantage, which
    /// is right on average, whatever one of them did.
    /// </summary>
    [Fact]
    public void Rloo_reaches_the_optimum_of_the_two_token_tree()
    {
        using var scope = NewDisposeScope();
        using var tree = new TwoTokenTree(seed: 4);
        using var adam = new AdamOptimizer([tree.Logits], epsilon: 1e-5);
        const int iterations = 200;
        var schedule = new LearningRateSchedule(0.06, iterations);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            using var step = NewDisposeScope();
            var (states, actions, rewards) = tree.Sample(Answers);
            var advantages = tensor(rewards.Select(r => r.Sum()).Chunk(GroupSize)
                .SelectMany(g => LeaveOneOut.Advantages(g)).SelectMany(a => new[] { a, a }).ToArray());
            var old = tree.LogPolicy(states, actions).detach();
            for (var epoch = 0; epoch < 4; epoch++)
            {
                adam.ZeroGradients();
                var surrogate = ClippedSurrogate.Evaluate(tree.LogPolicy(states, actions), old, advantages, 0.2);
                new TokenMean(2 * Answers).Share(surrogate.Loss).backward();
                adam.Step(schedule.At(iteration));
            }
        }

        tree.AssertReached(0.01);
    }
}
