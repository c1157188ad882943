using System.CommandLine;
using System.Globalization;
using System.Text;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Pretraining;
using TorchSharp;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>
/// <c>chatloop pretrain</c>: corpus, tokenizer, training, measurement and checkpoint in one. It may be killed at any time; started
/// again with the same options it goes on from its last saved state.
/// </summary>
internal static class PretrainCommand
{
    private const torch.ScalarType StoredType = torch.ScalarType.BFloat16;

    private static readonly PretrainingOptions Default = new();

    private static readonly Option<string> Output = Options.Text("--output", "models/starter", "Checkpoint folder to write.");
    private static readonly Option<string?> State = new("--state") { Description = "File for the state of the run. [default: OUTPUT.training.bin]" };
    private static readonly Option<long> Tokens =
        Options.Number("--tokens", Default.Tokens, 1, long.MaxValue / 2, "Tokens of the first stage. May be changed until it ends.");
    private static readonly Option<long> FineTuningTokens = Options.Number("--sft-tokens", Default.FineTuningTokens, 0, long.MaxValue / 2,
        "Tokens of supervised fine-tuning afterwards, on answers alone while the learning rate falls. May be changed until it begins.");
    private static readonly Option<int> BatchTokens =
        Options.Number("--batch-tokens", Default.BatchTokens, 64, 1 << 20, "Tokens of one update, padding included.");
    private static readonly Option<double> LearningRate =
        Options.Number("--learning-rate", Default.LearningRate, 1e-6, 1, "The highest learning rate.");
    private static readonly Option<int> Hidden = Options.Number("--hidden", Default.HiddenSize, 8, 4096, "Hidden size of the model.");
    private static readonly Option<int> Intermediate =
        Options.Number("--intermediate", Default.IntermediateSize, 8, 16384, "Width of the feed-forward layers.");
    private static readonly Option<int> Layers = Options.Number("--layers", Default.Layers, 1, 100, "Layers of the model.");
    private static readonly Option<int> Heads = Options.Number("--heads", Default.Heads, 1, 128, "Attention heads.");
    private static readonly Option<int> KeyValueHeads =
        Options.Number("--kv-heads", Default.KeyValueHeads, 1, 128, "Attention heads for keys and values; they divide --heads.");
    private static readonly Option<int> Seed = Options.Number("--seed", Default.Seed, 0, int.MaxValue, "Same options and seed, same weights.");
    private static readonly Option<int> Threads = Options.Threads();
    private static readonly Option<int> SaveEvery = Options.Number("--save-every", 200, 1, 1_000_000, "Updates between two saved states.");
    private static readonly Option<int> Questions =
        Options.Number("--eval-count", 200, 1, 10_000, "Held-out questions of each kind for the model card.");
    private static readonly Option<bool> Snapshot = new("--snapshot")
    {
        Description = "Do not train: write the saved state of a run as a checkpoint, for a look at it while the run goes on.",
    };

    public static Command Create()
    {
        var command = new Command("pretrain", "Trains a model from scratch on the generated corpus and writes it as a checkpoint folder.")
        {
            Output, State, Tokens, FineTuningTokens, BatchTokens, LearningRate, Hidden, Intermediate, Layers, Heads, KeyValueHeads, Seed, Threads, SaveEvery,
            Questions, Snapshot,
        };
        command.SetAction((arguments, output, cancellationToken) => Task.Run(() => Run(arguments, output, cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(ParseResult arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var folder = new CheckpointFolder(arguments.GetValue(Output)!);
        var store = folder.Store();
        if (store.Exists(folder.Name))
            throw ChatLoopException.Conflict($"'{folder.Path}' already holds a checkpoint. Choose another --output, or delete it first.");
        var statePath = arguments.GetValue(State) ?? folder.Path.TrimEnd('/', '\\') + ".training.bin";
        var snapshot = arguments.GetValue(Snapshot);
        if (snapshot && !File.Exists(statePath)) throw new FileNotFoundException($"There is no saved state '{statePath}' to take a snapshot of.");
        torch.set_num_threads(1);

        var content = CorpusContent.Load();
        using var run = new PretrainingRun(ReadOptions(arguments), content, statePath, arguments.GetValue(Threads));
        output.WriteLine($"{run.Transformer.Weights.Count:N0} parameters, vocabulary {run.Tokenizer.VocabularySize}, "
            + (run.Tokens > 0 ? $"going on after {run.Tokens:N0} tokens" : "starting from random weights"));
        if (!snapshot) TrainingProgressView.Show(output, progress => run.Train(arguments.GetValue(SaveEvery), progress, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();

        run.RoundWeights(StoredType);
        output.WriteLine("Measuring on held-out questions ...");
        var report = new DialogueEvaluation(content, new AnswerBatch(run.Transformer, run.Tokenizer, run.Template))
            .Run(arguments.GetValue(Questions), cancellationToken);
        EvaluateCommand.Print(report, output);
        store.Save(folder.Name, Contents(run, ReadOptions(arguments), CommandOf(arguments), report));
        output.WriteLine($"Wrote {folder.Path}.");
    }

    private static PretrainingOptions ReadOptions(ParseResult arguments) => Default with
    {
        Seed = arguments.GetValue(Seed),
        Tokens = arguments.GetValue(Tokens),
        FineTuningTokens = arguments.GetValue(FineTuningTokens),
        BatchTokens = arguments.GetValue(BatchTokens),
        LearningRate = arguments.GetValue(LearningRate),
        HiddenSize = arguments.GetValue(Hidden),
        IntermediateSize = arguments.GetValue(Intermediate),
        Layers = arguments.GetValue(Layers),
        Heads = arguments.GetValue(Heads),
        KeyValueHeads = arguments.GetValue(KeyValueHeads),
    };

    private static CheckpointContents Contents(PretrainingRun run, PretrainingOptions options, string command, EvaluationReport report)
    {
        using var tokenizer = new MemoryStream();
        run.TokenizerJson.Write(tokenizer);
        var origin = new TrainingOrigin(options, command, run.Tokens, run.Elapsed, run.IsComplete);
        var card = ModelCard.Write(run.Transformer.Config, run.Transformer.Weights.Count, origin, report);
        return new CheckpointContents
        {
            Weights = run.Transformer.Weights,
            WeightsType = StoredType,
            Files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
            {
                [CheckpointFiles.Tokenizer] = tokenizer.ToArray(),
                [CheckpointFiles.TokenizerConfig] = StarterTokenizerConfig.Write(run.Transformer.Config.MaxPositions),
                ["README.md"] = Encoding.UTF8.GetBytes(card),
            },
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["kind"] = "starter",
                ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
                ["tokens"] = run.Tokens.ToString(CultureInfo.InvariantCulture),
            },
        };
    }

    /// <summary>The command with the options that shape the weights, as far as they differ from the defaults.</summary>
    private static string CommandOf(ParseResult arguments)
    {
        var words = new StringBuilder($"chatloop pretrain --output {arguments.GetValue(Output)}");
        Add(Tokens);
        Add(FineTuningTokens);
        Add(BatchTokens);
        Add(LearningRate);
        Add(Hidden);
        Add(Intermediate);
        Add(Layers);
        Add(Heads);
        Add(KeyValueHeads);
        Add(Seed);
        return words.ToString();

        void Add<T>(Option<T> option)
        {
            var value = arguments.GetValue(option);
            if (!Equals(value, option.GetDefaultValue())) words.Append(CultureInfo.InvariantCulture, $" {option.Name} {value}");
        }
    }
}
