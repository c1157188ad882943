using ChatLoop.Model.ChatTemplates;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Pretraining;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>
/// Supervised fine-tuning on the answers that raters preferred, corrected or wrote themselves: next-token prediction of the answers and their
/// ends, never of users' text. Thumbs and ties are left out (docs/adr/0008). Nothing holds the policy near the reference but few steps.
/// </summary>
/// <param name="scoring">How the trained policy's answers are scored.</param>
internal sealed class SupervisedTrainer(SupervisedOptions options, PpoOptions scoring, TrainingWorkers workers) : IPolicyTrainer
{
    public string Name => "Fine-tuning";

    public PolicyOutcome Train(PolicyTask task, StepProgress progress, CancellationToken cancellationToken) =>
        Learn(Name, Preferred(task.Judgements, task.Demonstrations), task, progress, cancellationToken);

    /// <summary>The best answer of every comparison that has one, and what people wrote, each once.</summary>
    public static IReadOnlyList<TokenizedAnswer> Preferred(IReadOnlyList<Judgement> judgements, IReadOnlyList<TokenizedAnswer> demonstrations) =>
    [
        .. judgements.Where(j => j.Contrast is not null).Select(j => j.Answers[j.Contrast!.Value.Better]).Concat(demonstrations)
            .DistinctBy(a => (string.Join(',', a.Prompt), string.Join(',', a.Answer))),
    ];

    /// <summary>Fine-tunes on the answers and measures the policy that comes of it.</summary>
    public PolicyOutcome Learn(
        string name, IReadOnlyList<TokenizedAnswer> answers, PolicyTask task, StepProgress progress, CancellationToken cancellationToken)
    {
        if (answers.Count == 0) throw new InvalidDataException($"{name} found no answer to learn from.");
        using var learning = new OfflineLearning(name, task, options);
        return learning.Train(answers, (minibatch, token) => Accumulate(task, minibatch, token), scoring, workers, progress, cancellationToken);
    }

    /// <summary>Gradients of the mean cross-entropy per answer token of the minibatch, gathered over its micro-batches.</summary>
    private static IReadOnlyList<(string Curve, double Value)> Accumulate(
        PolicyTask task, TokenizedAnswer[] minibatch, CancellationToken cancellationToken)
    {
        var total = 0.0;
        var tokens = minibatch.Sum(a => a.Answer.Count);
        foreach (var group in LengthBuckets.Split([.. minibatch.Select(a => a.Length)], task.Sampling.MicroBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = new DialogueBatch([.. group.Select(i => Dialogue(minibatch[i]))], task.Sampling.Pad, userWeight: 0);
            var loss = batch.Loss(task.Policy, tokens);
            loss.backward();
            total += loss.item<float>();
        }
        return [("loss", total)];
    }

    private static TemplatedDialogue Dialogue(TokenizedAnswer answer) => new(
        [.. answer.Prompt, .. answer.Answer],
        [.. Enumerable.Repeat(false, answer.Prompt.Count), .. Enumerable.Repeat(true, answer.Answer.Count)]);
}
