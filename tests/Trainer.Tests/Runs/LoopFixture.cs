using System.Collections.Concurrent;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>A store with the letter policy in it, and a rater who likes answers with a question mark.</summary>
internal sealed class LoopFixture : IDisposable
{
    public const string Starter = "starter";
    private readonly TemporaryFolder _folder = new();
    private readonly TrainingWorkers _workers = new(2, 1);

    public LoopFixture(double outputScale = 1)
    {
        Store = new CheckpointStore(_folder.Path);
        using var weights = LetterPolicy.Weights(3, outputScale: outputScale);
        LetterPolicy.Save(Store, Starter, weights);
    }

    public CheckpointStore Store { get; }

    /// <summary>A model that knows nothing yet needs larger steps than the defaults, which are for a trained one.</summary>
    public static LearningOptions Options { get; } = new()
    {
        MaxAnswerTokens = 40,
        RewardModel = new() { Epochs = 10, LearningRate = 2e-3, HeadLearningRate = 5e-3, Folds = 3 },
        Ppo = new() { Iterations = 8, Answers = 64, LearningRate = 3e-3, CriticLearningRate = 5e-3, PlateauIterations = 10, KlCoefficient = 0.2 },
        // The built-in dialogues are gibberish to this model.
        Gate = new() { MaxRegression = 3, MaxLengthFactor = 3, Answers = 64 },
    };

    /// <summary>On this model of letters the heads differ more about what was learned than they do on a real one.</summary>
    public static LearningOptions WideSpread { get; } = Options with { Gate = Options.Gate with { MaxSpreadFactor = 3 } };

    public static bool Likes(string answer) => answer.Contains('?');

    public FeedbackBatch Batch(int pairs, long seed)
    {
        var rated = Rate(Starter, pairs, seed);
        return new()
        {
            RunId = "run-1",
            Training = new() { Pairs = [.. rated.Take(pairs * 4 / 5)] },
            HeldOut = new() { Pairs = [.. rated.Skip(pairs * 4 / 5)] },
        };
    }

    /// <summary>Share of answers that the rater likes, to prompts that were not rated.</summary>
    public double LikedShare(string folder, int answers = 200) =>
        Sample(folder, Prompts(1000, answers), 77).Average(a => Likes(LetterPolicy.Tokenizer.Decode(a.Answer)) ? 1.0 : 0.0);

    private IReadOnlyList<PreferencePair> Rate(string folder, int count, long seed)
    {
        var prompts = Prompts(0, count);
        var answers = Sample(folder, [.. prompts, .. prompts], seed);
        return [.. prompts.Select((prompt, i) =>
        {
            var (first, second) = (Rated(answers[i]), Rated(answers[count + i]));
            var (a, b) = (Likes(first.Text), Likes(second.Text));
            return new PreferencePair($"f{i}", "rater", prompt, first, second, a == b ? 0.5 : a ? 1 : 0);
        })];
    }

    private IReadOnlyList<TokenizedAnswer> Sample(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, long seed)
    {
        using var policy = Store.Load(folder);
        return [.. RolloutSampler.Sample(policy.Transformer, [.. prompts.Select(p => policy.Template.Prompt(p))],
            LetterPolicy.Rollouts, seed, _workers, TestContext.Current.CancellationToken).Select(r => r.Tokens)];
    }

    private static IReadOnlyList<IReadOnlyList<PromptMessage>> Prompts(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => (IReadOnlyList<PromptMessage>)[new(TurnRole.User, $"{LetterPolicy.Text(i)} {i}")])];

    private static RatedAnswer Rated(TokenizedAnswer answer) =>
        new() { TurnId = "t", Text = LetterPolicy.Tokenizer.Decode(answer.Answer), Tokens = answer.Answer };

    public void SaveCandidate(string folder, Action<TransformerWeights> change)
    {
        using var policy = Store.Load(Starter);
        change(policy.Transformer.Weights);
        LetterPolicy.Save(Store, folder, policy.Transformer.Weights);
    }

    public void Dispose()
    {
        _workers.Dispose();
        _folder.Dispose();
    }
}

/// <summary>Keeps what a step reported.</summary>
internal sealed class ProgressLog : IProgress<TrainingProgress>
{
    public ConcurrentQueue<TrainingProgress> Reports { get; } = [];

    public Action? OnReport { get; init; }

    public void Report(TrainingProgress value)
    {
        Reports.Enqueue(value);
        OnReport?.Invoke();
    }
}
