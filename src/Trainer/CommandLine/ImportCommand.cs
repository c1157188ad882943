using System.CommandLine;
using System.Globalization;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Trainer.CommandLine;

/// <summary><c>chatloop import</c>: a Hugging Face folder becomes a checkpoint, checked as a whole.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("folder")
        {
            Description = "Hugging Face folder of a Llama, Mistral, Qwen2, Qwen3, SmolLM2 or GPT-2 model: config.json, tokenizer.json or tokenizer.model, and safetensors.",
        };
        var target = new Option<string>("--output") { HelpName = "folder", Description = "Checkpoint folder to make; must be missing or empty.", Required = true };
        var command = new ExampleCommand("import", "Makes a checkpoint of a Hugging Face folder.", "chatloop import SmolLM2-135M-Instruct --output models/smollm2") { source, target };
        command.SetAction((arguments, output, cancellationToken) => Task.Run(
            () => Import(arguments.GetValue(source)!, arguments.GetValue(target)!, output), cancellationToken));
        return command;
    }

    private static void Import(string source, string target, TextWriter output)
    {
        if (!Directory.Exists(source)) throw ChatLoopException.NotFound($"There is no folder '{source}'. Name a Hugging Face folder.");
        var checkpoint = new CheckpointFolder(target);
        var manifest = checkpoint.NewStore().Import(source, checkpoint.Name);
        var config = HuggingFaceFolder.ReadConfig(target);
        var parameters = TransformerWeights.Shapes(config).Values.Sum(shape => shape.Aggregate(1L, (product, d) => product * d));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{target}: {config.Family}, {parameters:N0} parameters in {config.DataType}, vocabulary {config.VocabularySize}, context {config.MaxPositions} tokens; weights {manifest.WeightsHash[..12]}"));
    }
}
