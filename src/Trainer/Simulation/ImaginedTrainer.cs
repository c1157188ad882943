using System.Globalization;
using ChatLoop.Contracts.Learning;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Preferences;
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
/// <param name="maxPointwiseShare">See <see cref="JudgementWeights"/>.</param>
/// <param name="scoring">How the policy's answers are scored for the curves, and its KL budget.</param>
internal sealed class ImaginedTrainer(ImaginedOptions options, double maxPointwiseShare, PpoOptions scoring, TrainingWorkers workers) : IPolicyTrainer
{
    public string Name => "Imagined";

    public PolicyOutcome Train(PolicyTask task, StepProgress progress, CancellationToken cancellationToken)
    {
        var random = new Random(task.Seed.GetHashCode());
        var draw = new PromptDraw(task.Prompts, random);
        var real = Real(task, cancellationToken);
        using var learning = new ImaginedLearning(options, task);
        var (done, end) = (0, PpoEnd.AllIterations);
        while (done < options.Rounds && end == PpoEnd.AllIterations)
        {
            progress.Report(Fraction(done), $"{Line(done + 1)}: sampling answers", other: LearningPhase.Rollouts);
            var round = ImaginedRound.Sample(task, draw.Next(options.Pairs), options.Users, scoring, workers, random, cancellationToken);
            if (round.SequenceKl > scoring.MaxKl)
            {
                end = PpoEnd.KlBudget;
                break;
            }
            random.Shuffle(real);
            var examples = round.Examples.Concat(real.Take(options.RealBeside(round.Examples.Count))).ToList();
            if (learning.Learn(examples, random, cancellationToken) is { } curves) Report(++done, round, curves, progress);
            else end = PpoEnd.Diverged;
        }
        return OwnAnswers.Measure(task, scoring, workers, options.MeasuredAnswers, done, end, progress, cancellationToken);
    }

    private PreferenceExample[] Real(PolicyTask task, CancellationToken cancellationToken)
    {
        var terms = PreferenceTerm.Pairs(JudgementWeights.Assign(task.Judgements, maxPointwiseShare));
        return [.. PreferenceExample.Of([.. terms.Where(t => t.Weight > 0)], task.Reference, task.Sampling, cancellationToken)];
    }

    private void Report(int done, ImaginedRound round, IReadOnlyList<(string Curve, double Value)> curves, StepProgress progress)
    {
        var (score, kl) = (round.Answers.Average(a => a.Score), round.SequenceKl);
        progress.Report(Fraction(done), Line(done) + string.Create(CultureInfo.InvariantCulture, $": score {score:0.00}, KL {kl:0.0}"),
        [
            // Of the policy that sampled: before the round's steps.
            new("objective/scores", done - 1, score),
            new("objective/kl", done - 1, kl),
            .. curves.Select(c => new MetricPoint(c.Curve, done, c.Value)),
        ]);
    }

    private double Fraction(int done) => OwnAnswers.Start * done / options.Rounds;

    private string Line(int round) => $"{Name} round {round} of {options.Rounds}";
}
