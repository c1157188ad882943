using System.CommandLine;
using System.Globalization;
using System.Text;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.FineTuning;
using TorchSharp;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>
/// <c>chatloop sft</c>: supervised fine-tuning of any checkpoint on the user's own dialogues. It may be killed at any time; started
/// again with the same options it goes on from its last saved state.
/// </summary>
internal static class FineTuneCommand
{
    private static readonly FineTuningOptions Default = new();

    private static readonly Argument<string> Folder = Options.CheckpointFolder();
    private static readonly Option<string> Dialogues = new("--data")
    {
        Required = true,
        HelpName = "file",
        Description = "JSON-lines file, one dialogue a line: {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, {\"role\": \"assistant\", \"content\": \"…\"}]}.",
    };
    private static readonly Option<string> Output = new("--output") { Required = true, HelpName = "folder", Description = "Checkpoint folder to make; must be missing or empty." };
    private static readonly Option<string?> State = Options.State();
    private static readonly Option<int> Epochs = Options.Number("--epochs", "times", Default.Epochs, 1, 1000, "How often every dialogue is seen.");
    private static readonly Option<int> BatchTokens = Options.BatchTokens(Default.BatchTokens);
    private static readonly Option<double> LearningRate =
        Options.Number("--learning-rate", "rate", Default.LearningRate, 1e-7, 1, "The highest learning rate of AdamW; it rises at first, then falls by half a cosine.");
    private static readonly Option<double> HeldOutShare = Options.Number("--held-out", "share", Default.HeldOutShare, 0, 0.5,
        "Share of the dialogues, 0 to 0.5, that the loss is measured on and that are not learned from; none of fewer than 20.");
    private static readonly Option<int> Seed = Options.Number("--seed", "number", Default.Seed, 0, int.MaxValue, "Same checkpoint, dialogues, options and seed: same weights.");
    private static readonly Option<int> Threads = Options.Threads();
    private static readonly Option<int> SaveEvery = Options.SaveEvery();

    public static Command Create()
    {
        var command = new ExampleCommand("sft", "Fine-tunes a checkpoint on dialogues (supervised: the loss is on answers alone) and writes a new checkpoint folder.",
            "chatloop sft models/starter --data dialogues.jsonl --output models/mine")
        {
            Folder, Dialogues, Output, State, Epochs, BatchTokens, LearningRate, HeldOutShare, Seed, Threads, SaveEvery,
        };
        command.SetAction((arguments, output, cancellationToken) => Task.Run(() => Run(arguments, output, cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(ParseResult arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var target = new CheckpointFolder(arguments.GetValue(Output)!);
        var store = target.NewStore();
        var options = ReadOptions(arguments);
        var dialogues = DialogueFile.Read(arguments.GetValue(Dialogues)!);
        using var checkpoint = new CheckpointFolder(arguments.GetValue(Folder)!).Load();
        torch.set_num_threads(1);
        var data = new FineTuningDialogues(dialogues, checkpoint.Template, checkpoint.Transformer.Config.MaxPositions, options);
        output.WriteLine($"{data.Training.Count:N0} dialogues to learn from, {data.HeldOut.Count:N0} held out"
            + (data.Repeated > 0 ? $", {data.Repeated:N0} repeated ones left out" : "")
            + (data.TooLong > 0 ? $", {data.TooLong:N0} left out that are longer than the model's context" : ""));
        using var run = new FineTuningRun(
            checkpoint, data, options, arguments.GetValue(State) ?? target.Path.TrimEnd('/', '\\') + ".training.bin", arguments.GetValue(Threads));
        var before = run.UpdatesDone == 0 ? run.HeldOutLoss() : null;
        TrainingProgressView.Show(output, progress => run.Train(arguments.GetValue(SaveEvery), progress, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        var after = run.HeldOutLoss();
        if (after is not null) output.WriteLine($"Loss per answer token on held-out dialogues: {Loss(before)} before, {Loss(after)} after.");
        store.Save(target.Name, Contents(checkpoint, options, arguments, Card(arguments, data, run, before, after)));
        output.WriteLine($"Wrote {target.Path}.");
    }

    private static FineTuningOptions ReadOptions(ParseResult arguments) => Default with
    {
        Seed = arguments.GetValue(Seed),
        Epochs = arguments.GetValue(Epochs),
        BatchTokens = arguments.GetValue(BatchTokens),
        LearningRate = arguments.GetValue(LearningRate),
        HeldOutShare = arguments.GetValue(HeldOutShare),
    };

    private static CheckpointContents Contents(LoadedCheckpoint checkpoint, FineTuningOptions options, ParseResult arguments, string card) => new()
    {
        Weights = checkpoint.Transformer.Weights,
        Files = new Dictionary<string, byte[]>(ChatFormat.FilesOf(checkpoint), StringComparer.Ordinal) { ["README.md"] = Encoding.UTF8.GetBytes(card) },
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kind"] = "fine-tuned",
            ["parent"] = checkpoint.WeightsHash,
            ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
        },
    };

    private static string Card(ParseResult arguments, FineTuningDialogues data, FineTuningRun run, double? before, double? after) => string.Create(CultureInfo.InvariantCulture, $"""
        # Fine-tuned checkpoint

        - From: `{arguments.GetValue(Folder)}`
        - Dialogues: `{arguments.GetValue(Dialogues)}`, {data.Training.Count:N0} learned from in {arguments.GetValue(Epochs)} epochs, {data.HeldOut.Count:N0} held out
        - Training: {run.Updates:N0} updates in {run.Elapsed.TotalMinutes:F1} minutes; AdamW, loss on answers alone, learning rate up to
          {arguments.GetValue(LearningRate)}, warm-up and half a cosine; seed {arguments.GetValue(Seed)}
        - Loss per answer token on held-out dialogues: {Loss(before)} before, {Loss(after)} after

        """);

    private static string Loss(double? loss) => loss?.ToString("F4", CultureInfo.InvariantCulture) ?? "not measured";
}
