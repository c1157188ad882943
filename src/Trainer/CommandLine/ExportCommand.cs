using System.CommandLine;
using ChatLoop.Model.HuggingFace;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.CommandLine;

/// <summary><c>chatloop export</c>: a checkpoint becomes a Hugging Face folder, which transformers and other tools load.</summary>
internal static class ExportCommand
{
    private const string AsStored = "stored";

    public static Command Create()
    {
        var folder = Options.CheckpointFolder();
        var target = new Option<string>("--output") { HelpName = "folder", Description = "Hugging Face folder to make; must be missing or empty.", Required = true };
        var type = Options.Text("--type", "format", AsStored, "Number format of the weights: stored (as in the checkpoint), float32, float16 or bfloat16.");
        type.AcceptOnlyFromAmong(AsStored, "float32", "float16", "bfloat16");
        var command = new ExampleCommand("export", "Makes a Hugging Face folder of a checkpoint.", "chatloop export models/starter --output starter-hf --type float32") { folder, target, type };
        command.SetAction((arguments, output, cancellationToken) => Task.Run(
            () => Export(arguments.GetValue(folder)!, arguments.GetValue(target)!, arguments.GetValue(type)!, output), cancellationToken));
        return command;
    }

    private static void Export(string source, string target, string type, TextWriter output)
    {
        OutputPath.RequireNewFolder(target);
        var folder = new CheckpointFolder(source);
        using var checkpoint = folder.ExistingStore().Load(folder.Name, asStored: true);
        var weights = checkpoint.Transformer.Weights;
        var chosen = type switch
        {
            "float32" => ScalarType.Float32,
            "float16" => ScalarType.Float16,
            "bfloat16" => ScalarType.BFloat16,
            _ => weights.Embedding.dtype,
        };
        HuggingFaceFolder.Save(target, weights, chosen, ChatFormat.FilesOf(checkpoint));
        output.WriteLine($"{target}: {weights.Config.Family} in {chosen.ToString().ToLowerInvariant()}");
        if (checkpoint.Heads.Count > 0)
            output.WriteLine($"Left out, because a language model has no place for them: {string.Join(", ", checkpoint.Heads.Keys)}");
    }
}
