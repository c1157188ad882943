using ChatLoop.Contracts.Learning;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>
/// Real policy and reward model with answers of one letter, each of which ends the answer. All eight answers can be looked at, so that
/// the best policy is known: reference * exp(score / beta) / Z for each prompt.
/// </summary>
internal sealed class LetterTask : IDisposable
{
    /// <summary>
    /// An adapter leaves the output projection as it is. Rows of deviation 0.02 hold logits within 0.02 * 32 = 0.6 whatever the hidden
    /// state; the optimum is out of their reach.
    /// </summary>
    public const double AdaptableOutput = 15;

    private static readonly int[] Letters = [.. "abcdef?".Select(c => Model.Tests.Tokenizers.TinyTokenizer.FirstByte + c), LetterPolicy.Template.EndOfTurn];

    /// <param name="adapter">What learns; the reference's weights are shared where it is not every weight.</param>
    public LetterTask(AdapterOptions? adapter = null, int workers = 2)
    {
        Workers = new(workers, intraOpThreads: 1);
        // As on the training thread: this one takes pieces of work, too, and must round them as the workers do.
        set_num_threads(1);
        Reference = new Transformer(LetterPolicy.Weights(3, outputScale: adapter is null ? 1 : AdaptableOutput));
        Policy = adapter?.For(Reference.Weights, seed: 1) is { } small ? new Transformer(Reference.Weights, small) : new Transformer(LetterPolicy.Weights(3));
        RewardModel = RewardModel.From(Reference.Weights, seed: 1);
        RewardModel.Normalisation = RewardNormalisation.Fit(RewardModel.RawScores(Answers, Sampling.Pad, 512, default));
    }

    public Transformer Policy { get; }
    public Transformer Reference { get; }
    public RewardModel RewardModel { get; }
    public TrainingWorkers Workers { get; }

    public static RolloutSettings Sampling { get; } = LetterPolicy.Rollouts with { EndIds = Letters, MaxAnswerTokens = 1 };
    public static IReadOnlyList<IReadOnlyList<int>> Prompts { get; } = LetterPolicy.Prompts(3);
    public static IReadOnlyList<TokenizedAnswer> Answers { get; } = [.. Prompts.SelectMany(p => Letters.Select(l => new TokenizedAnswer(p, [l])))];

    /// <summary>Scores of all answers, prompt after prompt.</summary>
    public double[] Scores => RewardModel.Scores(Answers, Sampling.Pad, 512, default);

    /// <summary>Log-probabilities of all answers, prompt after prompt.</summary>
    public static double[] LogProbabilities(Transformer policy) =>
        [.. AnswerLikelihood.Evaluate(policy, Answers, Sampling.Pad, 512, default).Select(l => l.Total)];

    public PolicyTask Task(IReadOnlyList<Judgement>? judgements = null, long seed = 1) => new()
    {
        Policy = Policy,
        Reference = Reference,
        RewardModel = RewardModel,
        Prompts = Prompts,
        Judgements = judgements ?? [],
        Sampling = Sampling,
        Seed = seed,
    };

    public PolicyOutcome Train(
        LearningOptions options, IReadOnlyList<Judgement>? judgements = null, IProgress<TrainingProgress>? log = null,
        CancellationToken? cancellationToken = null, int microBatchTokens = 512)
    {
        options.Validate();
        using var scope = NewDisposeScope();
        return PolicyAlgorithms.Create(options, Workers).Train(
            Task(judgements) with { Sampling = Sampling with { MicroBatchTokens = microBatchTokens } }, new StepProgress(LearningPhase.PolicyUpdate, log ?? new ProgressLog()),
            cancellationToken ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Total variation between the policy and the best one, for each prompt.</summary>
    public double[] DistancesFromOptimum(double beta)
    {
        var (policy, reference, scores) = (LogProbabilities(Policy), LogProbabilities(Reference), Scores);
        var best = reference.Zip(scores, (l, s) => Math.Exp(l + s / beta)).Chunk(Letters.Length).SelectMany(c => c.Select(p => p / c.Sum()));
        return [.. policy.Zip(best, (l, b) => Math.Abs(Math.Exp(l) - b)).Chunk(Letters.Length).Select(c => c.Sum() / 2)];
    }

    public double[] PolicyWeights() => [.. Policy.TrainableParameters.SelectMany(p => Near.Doubles(p))];

    public void Dispose()
    {
        Policy.Dispose();
        Reference.Dispose();
        RewardModel.Dispose();
        Workers.Dispose();
    }
}
