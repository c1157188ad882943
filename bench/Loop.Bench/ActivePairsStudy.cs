using System.Globalization;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rewards.Likelihoods;
using ChatLoop.Trainer.Rollouts;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Loop.Bench;

/// <summary>
/// Whether pairs whose second answer the ensemble disagrees about teach a reward model with fewer labels than pairs drawn at random.
/// Both arms see the same prompts and samples and begin with the same random pairs; accuracy is measured on random pairs of other prompts.
/// </summary>
internal sealed class ActivePairsStudy(string starterFolder, int candidates, double exploreShare, bool oneTaste) : IDisposable
{
    private const int PromptsPerSeed = 5_000, MeasuredPairs = 200, PromptSeed = 78;
    private readonly LoadedCheckpoint _policy = new CheckpointStore(Path.GetDirectoryName(Path.GetFullPath(starterFolder))!).Load(Path.GetFileName(starterFolder));
    private readonly TrainingWorkers _workers = new(Math.Clamp(Environment.ProcessorCount, 1, 2), 1);
    private readonly DialogueGenerator _dialogues = new(CorpusContent.Load(), PromptSeed);
    private readonly LearningOptions _options = new();

    private RolloutSettings Rollouts => new(_policy.Template.EndIds, _policy.Template.Pad, _options.MaxAnswerTokens, _options.MicroBatchTokens);

    /// <param name="rounds">New pairs before each training.</param>
    public void Run(IReadOnlyList<int> rounds, int seed)
    {
        var prompts = _dialogues.Stream(heldOut: false, first: (long)seed * PromptsPerSeed)
            .Select(d => d.Messages[0]).DistinctBy(m => m.Text).Take(rounds.Sum() + MeasuredPairs).Select(m => (IReadOnlyList<PromptMessage>)[m]).ToList();
        var measured = Sample([.. prompts.Skip(rounds.Sum())], 2, seed).Select(s => Label(s[0], s[1])).Where(j => j.Contrast is not null).ToList();
        var pool = Sample([.. prompts.Take(rounds.Sum())], 1 + candidates, seed + 1000);
        foreach (var active in new[] { false, true })
        {
            var (random, labelled, next) = (new Random(seed), new List<Judgement>(), 0);
            RewardModel? model = null;
            foreach (var round in rounds)
            {
                labelled.AddRange(Enumerable.Range(next, round).Select(i => Label(pool[i][0], pool[i][active ? Choose(model, pool[i], random) : 1])));
                next += round;
                model?.Dispose();
                model = Train(labelled, seed);
                var estimates = model.Estimates([.. measured.SelectMany(j => j.Answers)], Rollouts.Pad, Rollouts.MicroBatchTokens, CancellationToken.None);
                var right = measured.Select((j, i) => j.Contrast!.Value.Better == 0 == estimates[2 * i].Mean > estimates[2 * i + 1].Mean).Count(r => r);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"seed {seed} {(active ? "active" : "random")} labels {labelled.Count} decided {labelled.Count(j => j.Contrast is not null)} accuracy {(double)right / measured.Count:F3} of {measured.Count}"));
            }
            model?.Dispose();
        }
    }

    private int Choose(RewardModel? model, TokenizedAnswer[] answers, Random random)
    {
        if (model is null || random.NextDouble() < exploreShare) return 1;
        var estimates = model.Estimates(answers, Rollouts.Pad, Rollouts.MicroBatchTokens, CancellationToken.None);
        return 1 + VerdictInformation.MostInformative([estimates[0]], [.. estimates.Skip(1)]);
    }

    private RewardModel Train(IReadOnlyList<Judgement> labelled, int seed) =>
        // More folds than prompts: all epochs, no cross-validation.
        new RewardModelTrainer(_options.RewardModel with { Folds = 1000 }, Rollouts, _workers)
            .Train(_policy.Transformer.Weights, labelled, [], seed, (_, _, _) => { }, CancellationToken.None).Model;

    private List<TokenizedAnswer[]> Sample(IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, int answers, long seed)
    {
        var tokens = prompts.SelectMany(p => Enumerable.Repeat(_policy.Template.Prompt(p), answers)).ToList();
        return [.. RolloutSampler.Sample(_policy.Transformer, tokens, Rollouts, seed, _workers, CancellationToken.None).Select(r => r.Tokens).Chunk(answers)];
    }

    private Judgement Label(TokenizedAnswer first, TokenizedAnswer second) => Judgement.Pair("rater", first, second, (Worth(first) - Worth(second)) switch
    {
        > 0.1 => PairOutcome.First,
        < -0.1 => PairOutcome.Second,
        _ => PairOutcome.Tie,
    });

    /// <summary>
    /// A rater with one taste, that of <see cref="LoopStudy"/>, which a handful of decided pairs teaches; or with several, of which none
    /// decides alone.
    /// </summary>
    private double Worth(TokenizedAnswer answer)
    {
        var text = _policy.Tokenizer.Decode(answer.Answer).Trim();
        if (oneTaste) return text.EndsWith('?') ? 1 : 0;
        return (text.EndsWith('?') ? 1 : 0) - (text.Contains('!', StringComparison.Ordinal) ? 1.2 : 0)
            + (text.Contains(',', StringComparison.Ordinal) ? 0.7 : 0) + (text.Contains(" I ", StringComparison.Ordinal) ? 0.5 : 0)
            - (text.Split(' ').Length > 12 ? 0.8 : 0);
    }

    public void Dispose()
    {
        _workers.Dispose();
        _policy.Dispose();
    }
}
