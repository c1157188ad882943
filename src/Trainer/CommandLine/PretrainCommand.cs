using System.CommandLine;
using System.Globalization;
using System.Text;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.HuggingFace;
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

    private static readonly Option<string> Output = Options.Text("--output", "folder", "models/starter", "Checkpoint folder to make; must be missing or empty.");
    private static readonly Option<string?> State = Options.State();
    private static readonly Option<long> Tokens =
        Options.Number("--tokens", "tokens", Default.Tokens, 1, long.MaxValue / 2, "Tokens of the first stage. May be changed until it ends.");
    private static readonly Option<long> FineTuningTokens = Options.Number("--sft-tokens", "tokens", Default.FineTuningTokens, 0, long.MaxValue / 2,
        "Tokens of supervised fine-tuning afterwards, on answers alone while the learning rate falls. May be changed until it begins.");
    private static readonly Option<int> BatchTokens = Options.BatchTokens(Default.BatchTokens);
    private static readonly Option<double> LearningRate =
        Options.Number("--learning-rate", "rate", Default.LearningRate, 1e-6, 1, "The highest learning rate of AdamW; it rises at first and falls at the end.");
    private static readonly Option<int> Hidden = Options.Number("--hidden", "numbers", Default.HiddenSize, 8, 4096, "Hidden size of the model, in numbers per token; an even multiple of --heads.");
    private static readonly Option<int> Intermediate =
        Options.Number("--intermediate", "numbers", Default.IntermediateSize, 8, 16384, "Width of the feed-forward layers, in numbers per token.");
    private static readonly Option<int> Layers = Options.Number("--layers", "layers", Default.Layers, 1, 100, "Layers of the model.");
    private static readonly Option<int> Heads = Options.Number("--heads", "heads", Default.Heads, 1, 128, "Attention heads of a layer.");
    private static readonly Option<int> KeyValueHeads =
        Options.Number("--kv-heads", "heads", Default.KeyValueHeads, 1, 128, "Attention heads for keys and values; they divide --heads.");
    private static readonly Option<int> Seed = Options.Number("--seed", "number", Default.Seed, 0, int.MaxValue, "Same options and seed, same weights.");
    private static readonly Option<int> Threads = Options.Threads();
    private static readonly Option<int> SaveEvery = Options.SaveEvery();
    private static readonly Option<int> Questions =
        Options.Number("--eval-count", "questions", 200, 1, 10_000, "Held-out questions of each kind for the model card.");
    private static readonly Option<bool> Snapshot = Options.Switch("--snapshot",
        "Do not train: write the saved state of a run as a checkpoint, for a look at it while the run goes on.");

    public static Command Create()
    {
        var command = new ExampleCommand("pretrain", "Trains a model from scratch on the generated corpus and writes it as a checkpoint folder. Killed, the same command goes on.",
            "chatloop pretrain --output models/starter-again")
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
        var store = folder.NewStore();
        var options = ReadOptions(arguments);
        var statePath = arguments.GetValue(State) ?? folder.Path.TrimEnd('/', '\\') + ".training.bin";
        var snapshot = arguments.GetValue(Snapshot);
        if (snapshot && !File.Exists(statePath)) throw ChatLoopException.NotFound($"There is no saved state '{statePath}' to take a snapshot of. Name that of a run with --state.");
        torch.set_num_threads(1);

        var content = CorpusContent.Load();
        using var run = new PretrainingRun(options, content, statePath, arguments.GetValue(Threads));
        output.WriteLine($"{run.Transformer.Weights.Count:N0} parameters, vocabulary {run.Tokenizer.VocabularySize}, "
            + (run.Tokens > 0 ? $"going on after {run.Tokens:N0} tokens" : "starting from random weights"));
        if (!snapshot) TrainingProgressView.Show(output, progress => run.Train(arguments.GetValue(SaveEvery), progress, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();

        run.RoundWeights(StoredType);
        output.WriteLine("Measuring on held-out questions ...");
        var report = new DialogueEvaluation(content, new AnswerBatch(run.Transformer, run.Tokenizer, run.Template))
            .Run(arguments.GetValue(Questions), cancellationToken);
        EvaluateCommand.Print(report, output);
        store.Save(folder.Name, Contents(run, options, CommandOf(arguments), report));
        output.WriteLine($"Wrote {folder.Path}.");
    }

    private static PretrainingOptions ReadOptions(ParseResult arguments)
    {
        var (hidden, heads, groups) = (arguments.GetValue(Hidden), arguments.GetValue(Heads), arguments.GetValue(KeyValueHeads));
        if (heads % groups != 0) throw ChatLoopException.Invalid($"--heads must be a multiple of --kv-heads; {heads} is none of {groups}.");
        if (hidden % (2 * heads) != 0) throw ChatLoopException.Invalid($"--hidden must be an even multiple of --heads; {hidden} is none of {heads}.");
        return Values(arguments);
    }

    private static PretrainingOptions Values(ParseResult arguments) => Default with
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
                [GenerationConfig.FileName] = StarterGenerationConfig.Write(run.Transformer.Config),
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
