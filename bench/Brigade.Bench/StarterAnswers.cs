using ChatLoop.Contracts.Conversations;
using ChatLoop.Gold.Bench;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Brigade.Bench;

/// <summary>Two answers to one prompt.</summary>
internal sealed record AnswerPair(IReadOnlyList<PromptMessage> Prompt, RatedAnswer First, RatedAnswer Second);

/// <summary>What the starter says: the pairs that people are shown, and prompts that nobody judges. Owns its store.</summary>
internal sealed class StarterAnswers : IDisposable
{
    public const string Start = "start";
    private const int Shown = 2400, Measured = 400, PromptSeed = 77;

    private readonly string _root = Directory.CreateTempSubdirectory("chatloop-brigade-").FullName;
    private readonly TrainingWorkers _workers;
    private readonly IReadOnlyList<IReadOnlyList<PromptMessage>> _measured = [.. Prompts(heldOut: true).Take(Measured)];

    public StarterAnswers(string starter, LearningOptions options)
    {
        Options = options;
        Store = new CheckpointStore(_root);
        Store.Import(starter, Start);
        _workers = new TrainingWorkers(options.Workers, options.IntraOpThreads);
        var prompts = Prompts(heldOut: false).Take(Shown).ToList();
        var (first, second) = (Sample(Start, prompts, 1), Sample(Start, prompts, 500_001));
        Pairs = [.. prompts.Select((p, i) => new AnswerPair(p, first[i], second[i]))];
    }

    public LearningOptions Options { get; }
    public CheckpointStore Store { get; }
    public IReadOnlyList<AnswerPair> Pairs { get; }

    /// <summary>The answers of a checkpoint to prompts that nobody judged; same seed for all checkpoints.</summary>
    public IReadOnlyList<string> AnswersOf(string folder) => [.. Sample(folder, _measured, 4242).Select(a => a.Text)];

    private static IEnumerable<IReadOnlyList<PromptMessage>> Prompts(bool heldOut) =>
        new DialogueGenerator(CorpusContent.Load(), PromptSeed).Stream(heldOut, 0).Select(d => (IReadOnlyList<PromptMessage>)[d.Messages[0]]);

    private IReadOnlyList<RatedAnswer> Sample(string folder, IReadOnlyList<IReadOnlyList<PromptMessage>> prompts, long seed) =>
        SampledAnswers.Of(Store, folder, prompts, Options, _workers, seed);

    public void Dispose()
    {
        _workers.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
