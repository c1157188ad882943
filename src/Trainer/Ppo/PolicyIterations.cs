using ChatLoop.Trainer.Rollouts;

namespace ChatLoop.Trainer.Ppo;

/// <param name="Value">Null without a critic.</param>
internal sealed record UpdateResults(PolicyUpdateResult Policy, ValueUpdateResult? Value)
{
    public bool Diverged => Policy.Diverged || Value is { Diverged: true };
}

/// <summary>What tells the algorithms that learn from their own answers apart: how these get advantages, and what is updated.</summary>
internal interface IPolicyLearner : IDisposable
{
    /// <summary>Answers to each prompt, side by side in what is collected.</summary>
    int AnswersPerPrompt { get; }

    /// <summary>Once, before the first iteration.</summary>
    void Begin(IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken)
    {
    }

    /// <returns>One answer to each prompt, with advantages, in order.</returns>
    Experience[] Collect(IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken);

    /// <param name="iteration">Counted from 0.</param>
    UpdateResults Update(IReadOnlyList<Experience> experience, int iteration, Random random, CancellationToken cancellationToken);
}

/// <summary>The iterations that PPO, RLOO and GRPO share: sample, mind the KL budget, update, steer the KL's weight, stop in time.</summary>
internal sealed class PolicyIterations(PpoOptions options, RolloutSettings sampling)
{
    public PpoOutcome Run(
        IPolicyLearner learner, IReadOnlyList<IReadOnlyList<int>> prompts, long seed, IPpoObserver observer, CancellationToken cancellationToken)
    {
        IKlController controller = options.KlControl == KlControl.Fixed
            ? new FixedKlController(options.KlCoefficient)
            : new AdaptiveKlController(options.KlCoefficient, options.TargetKl, options.KlHorizon);
        var random = new Random(seed.GetHashCode());
        var draw = new PromptDraw(prompts, random);
        var iterations = new List<PpoIteration>();
        learner.Begin(draw.Next(options.Answers), random.NextInt64(), controller.Coefficient, cancellationToken);
        while (iterations.Count < options.Iterations)
        {
            var number = iterations.Count;
            observer.Sampling(number + 1);
            var coefficient = controller.Coefficient;
            var drawn = draw.Next(options.Answers / learner.AnswersPerPrompt)
                .SelectMany(p => Enumerable.Repeat(p, learner.AnswersPerPrompt)).ToArray();
            var experience = learner.Collect(drawn, random.NextInt64(), coefficient, cancellationToken);
            var sequenceKl = experience.Average(e => e.SequenceKl);
            if (sequenceKl > options.MaxKl) return new(iterations, PpoEnd.KlBudget);

            observer.Updating(number + 1);
            var results = learner.Update(experience, number, random, cancellationToken);
            controller.Observe(sequenceKl, experience.Length);
            iterations.Add(Describe(number + 1, experience, coefficient, results));
            observer.Finished(iterations[^1]);
            if (results.Diverged) return new(iterations, PpoEnd.Diverged);
            if (HasPlateaued(iterations)) return new(iterations, PpoEnd.Plateau);
        }
        return new(iterations, PpoEnd.AllIterations);
    }

    private bool HasPlateaued(List<PpoIteration> iterations)
    {
        var earlier = iterations.Count - options.PlateauIterations;
        if (earlier < 1) return false;
        return iterations.Skip(earlier).Max(i => i.Score) < iterations.Take(earlier).Max(i => i.Score) + options.PlateauGain;
    }

    private PpoIteration Describe(int number, Experience[] experience, double coefficient, UpdateResults results) => new()
    {
        Number = number,
        Score = experience.Average(e => e.Score),
        SequenceKl = experience.Average(e => e.SequenceKl),
        SequenceEntropy = experience.Average(e => -e.LogPolicy.Sum(p => (double)p)),
        TokenEntropy = experience.SelectMany(e => e.Entropy).Average(x => (double)x),
        Finished = experience.Average(e => e.Tokens.IsFinished(sampling.EndIds) ? 1.0 : 0.0),
        KlCoefficient = coefficient,
        Policy = results.Policy,
        Value = results.Value,
    };
}
