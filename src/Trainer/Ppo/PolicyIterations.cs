using ChatLoop.Model.Telemetry;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Ppo;

/// <param name="Value">Null without a critic.</param>
internal sealed record UpdateResults(PolicyUpdateResult Policy, ValueUpdateResult? Value);

/// <summary>What tells the algorithms that learn from their own answers apart: how these get advantages, and what is updated.</summary>
internal interface IPolicyLearner : IDisposable
{
    /// <summary>Answers to each prompt, side by side in what is collected.</summary>
    int AnswersPerPrompt { get; }

    /// <summary>The policy's.</summary>
    AdamOptimizer Optimizer { get; }

    /// <summary>What learns of the policy.</summary>
    IEnumerable<Parameter> Policy { get; }

    /// <summary>All that its updates change.</summary>
    TrainingState State { get; }

    /// <summary>Once, before the first iteration. What it changes is part of the state.</summary>
    void Begin(IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken)
    {
    }

    /// <returns>One answer to each prompt, with advantages, in order.</returns>
    Experience[] Collect(IReadOnlyList<IReadOnlyList<int>> prompts, long seed, double klCoefficient, CancellationToken cancellationToken);

    /// <param name="iteration">Counted from 0.</param>
    UpdateResults Update(IReadOnlyList<Experience> experience, int iteration, Random random, CancellationToken cancellationToken);
}

/// <summary>
/// The iterations that PPO, RLOO and GRPO share: sample, take the last update back if it overdrew the KL budget and try another
/// whose KL costs more, update, steer the KL's weight, stop in time. What an iteration draws depends on seed and iteration alone, so that a
/// run that was killed goes on after its last iteration.
/// </summary>
internal sealed class PolicyIterations(PpoOptions options, RolloutSettings sampling)
{
    private const string Part = "iterations";

    /// <summary>So often an update that overdraws the KL budget is taken back and another one tried, whose KL costs more.</summary>
    private const int MostOverdrafts = 3;
    private const double CoefficientAfterOverdraft = 2;

    public PpoOutcome Run(
        IPolicyLearner learner, IReadOnlyList<IReadOnlyList<int>> prompts, long seed, IPpoObserver observer, ResumeFolder? resume,
        CancellationToken cancellationToken)
    {
        using var before = new WeightsBefore(learner.Policy);
        var state = learner.State.With("before", before.Copies);
        var earlier = resume?.Load<Progress>(Part, state);
        List<PpoIteration> iterations = [.. earlier?.Iterations ?? []];
        if (iterations.Count > 0) observer.Resumed(iterations);
        var controller = Controller(earlier?.KlCoefficient ?? options.KlCoefficient);
        var overdrafts = earlier?.Overdrafts ?? 0;
        var draw = new PromptDraw(prompts, seed);
        var perIteration = options.Answers / learner.AnswersPerPrompt;
        if (earlier is null)
        {
            learner.Begin(draw.Take(0, options.Answers), PartSeed.Of(seed, RandomUse.Beginning, 0), controller.Coefficient, cancellationToken);
            resume?.Save(Part, new Progress(iterations, controller.Coefficient, overdrafts), state);
        }
        while (true)
        {
            var (number, coefficient, end) = (iterations.Count, controller.Coefficient, EndOf(iterations));
            using var activity = Tracing.Source.StartActivity("iteration")?.SetTag("chatloop.iteration", number + 1);
            if (end is null) observer.Sampling(number + 1);
            var drawn = draw.Take(options.Answers + (long)number * perIteration, perIteration)
                .SelectMany(p => Enumerable.Repeat(p, learner.AnswersPerPrompt)).ToArray();
            var experience = learner.Collect(drawn, PartSeed.Of(seed, RandomUse.Sampling, number), coefficient, cancellationToken);
            if (Overdraws(experience, iterations))
            {
                before.Restore();
                var goesOn = ++overdrafts < MostOverdrafts && end is null && options.KlControl == KlControl.Adaptive;
                if (!goesOn) return new(iterations, PpoEnd.KlBudget);
                controller = Controller(coefficient * CoefficientAfterOverdraft);
                continue;
            }
            if (end is { } reason) return new(iterations, reason);

            before.Keep();
            observer.Updating(number + 1);
            var results = learner.Update(experience, number, PartSeed.Random(seed, RandomUse.Update, number), cancellationToken);
            iterations.Add(Describe(number + 1, experience, coefficient, results));
            controller.Observe(iterations[^1].SequenceKl, experience.Length);
            resume?.Save(Part, new Progress(iterations, controller.Coefficient, overdrafts), state);
            activity?.SetTag("chatloop.score", iterations[^1].Score).SetTag("chatloop.kl", iterations[^1].SequenceKl);
            observer.Finished(iterations[^1]);
        }
    }

    /// <summary>
    /// Whether the last update carried the policy over the KL budget. A policy that was over it from the start, because its parent went
    /// to the limit, may learn on while its KL falls.
    /// </summary>
    private bool Overdraws(Experience[] experience, List<PpoIteration> iterations)
    {
        var sequenceKl = experience.Average(e => e.SequenceKl);
        return iterations is [.., var last] && sequenceKl > options.MaxKl && sequenceKl > last.SequenceKl;
    }

    private IKlController Controller(double coefficient) => options.KlControl == KlControl.Fixed
        ? new FixedKlController(coefficient)
        : new AdaptiveKlController(coefficient, options.TargetKl, options.KlHorizon);

    /// <summary>Null while there is more to do.</summary>
    private PpoEnd? EndOf(List<PpoIteration> iterations) =>
        iterations is [.., { Diverged: true }] ? PpoEnd.Diverged
        : HasPlateaued(iterations) ? PpoEnd.Plateau
        : iterations.Count >= options.Iterations ? PpoEnd.AllIterations
        : null;

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

    /// <param name="KlCoefficient">Of the next iteration.</param>
    /// <param name="Overdrafts">Updates that were taken back.</param>
    private sealed record Progress(IReadOnlyList<PpoIteration> Iterations, double KlCoefficient, int Overdrafts);
}
