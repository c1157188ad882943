using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.ResumePoints;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Simulation;

/// <summary>
/// Learns from imagined feedback beside the real one (Dyna, Sutton 1990; short rollouts from the current policy, as MBPO, Janner et al.
/// 2019): in each round the policy answers, simulated users judge pairs of the answers, and DPO learns from these and from people's
/// comparisons. No score is climbed: a verdict says which answer is better, and is drawn as people's vary. DPO holds the policy near the
/// reference, and the rounds end at the KL budget of the others.
/// </summary>
/// <param name="weighing">Its shares: see <see cref="JudgementWeights"/>.</param>
/// <param name="scoring">How the policy's answers are scored for the curves, and its KL budget.</param>
internal sealed class ImaginedTrainer(ImaginedOptions options, RewardModelOptions weighing, PpoOptions scoring, TrainingWorkers workers) : IPolicyTrainer
{
    private const string Part = "rounds";

    public string Name => "Imagined";

    public PolicyOutcome Train(PolicyTask task, StepProgress progress, CancellationToken cancellationToken)
    {
        var (draw, real) = (new PromptDraw(task.Prompts, task.Seed), Real(task, cancellationToken));
        using var learning = new ImaginedLearning(options, task);
        var state = new TrainingState().With("policy", task.Policy.TrainableParameters).With("adam", learning.Optimizer);
        task.Optimizer?.Recall(learning.Optimizer);
        var done = task.Resume?.Load<Progress>(Part, state) ?? new Progress(0, []);
        if (done.Rounds > 0) progress.Report(Fraction(done), $"{Name} goes on after round {done.Rounds} of {options.Rounds}", done.Points);
        var end = PpoEnd.AllIterations;
        while (done.Rounds < options.Rounds && end == PpoEnd.AllIterations)
        {
            progress.Report(Fraction(done), $"{Line(done.Rounds + 1)}: sampling answers", other: LearningPhase.Rollouts);
            var reported = done.Points.Count;
            (done, end) = Next(done, draw, real, learning, task, cancellationToken);
            if (end != PpoEnd.AllIterations) break;
            task.Resume?.Save(Part, done, state);
            progress.Report(Fraction(done), $"{Line(done.Rounds)}: learned", [.. done.Points.Skip(reported)]);
        }
        task.Optimizer?.Keep(learning.Optimizer);
        return OwnAnswers.Measure(task, scoring, workers, options.MeasuredAnswers, done.Rounds, end, progress, cancellationToken);
    }

    /// <summary>A round, and whether the rounds end with it: at the KL budget, without a step, or at a gradient that is not finite.</summary>
    private (Progress Done, PpoEnd End) Next(
        Progress done, PromptDraw draw, IReadOnlyList<PreferenceExample> real, ImaginedLearning learning, PolicyTask task,
        CancellationToken cancellationToken)
    {
        var number = done.Rounds;
        var random = PartSeed.Random(task.Seed, RandomUse.Update, number);
        var round = ImaginedRound.Sample(
            task, draw.Take((long)number * options.Pairs, options.Pairs), PartSeed.Of(task.Seed, RandomUse.Sampling, number), options.Users,
            scoring, workers, random, cancellationToken);
        if (round.SequenceKl > scoring.MaxKl) return (done, PpoEnd.KlBudget);
        PreferenceExample[] shuffled = [.. real];
        random.Shuffle(shuffled);
        PreferenceExample[] examples = [.. round.Examples, .. shuffled.Take(options.RealBeside(round.Examples.Count))];
        return learning.Learn(examples, number, random, cancellationToken) is { } curves
            ? (done.After(round, curves), PpoEnd.AllIterations)
            : (done, PpoEnd.Diverged);
    }

    private PreferenceExample[] Real(PolicyTask task, CancellationToken cancellationToken)
    {
        var terms = PreferenceTerm.Pairs(JudgementWeights.Assign(task.Judgements, weighing.MaxPointwiseShare, weighing.LargestShare));
        return [.. PreferenceExample.Of([.. terms.Where(t => t.Weight > 0)], task.Reference, task.Sampling, cancellationToken)];
    }

    private double Fraction(Progress done) => OwnAnswers.Start * done.Rounds / options.Rounds;

    private string Line(int round) => $"{Name} round {round} of {options.Rounds}";

    /// <param name="Rounds">So many are over.</param>
    /// <param name="Points">Of all of them.</param>
    private sealed record Progress(int Rounds, IReadOnlyList<MetricPoint> Points)
    {
        public Progress After(ImaginedRound round, IReadOnlyList<(string Curve, double Value)> curves) => new(Rounds + 1,
        [
            .. Points,
            // Of the policy that sampled: before the round's steps.
            new("objective/scores", Rounds, round.Answers.Average(a => a.Score)),
            new("objective/kl", Rounds, round.SequenceKl),
            .. curves.Select(c => new MetricPoint(c.Curve, Rounds + 1, c.Value)),
        ]);
    }
}
