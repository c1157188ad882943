using System.CommandLine;
using System.Globalization;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Pretraining;
using TorchSharp;

namespace ChatLoop.Trainer.CommandLine;

/// <summary><c>chatloop eval</c>: the figures of the model card, for any checkpoint.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var folder = Options.CheckpointFolder();
        var count = Options.Number("--count", "questions", 200, 1, 10_000, "Held-out questions of each kind.");
        var threads = Options.Number("--threads", "threads", 1, 1, 256, "Threads of one tensor operation; a small model is fastest with one.");
        var command = new ExampleCommand("eval", "Measures a checkpoint: right answers to held-out questions, and style.", "chatloop eval models/starter --count 50") { folder, count, threads };
        command.SetAction((arguments, output, cancellationToken) => Task.Run(() =>
        {
            using var checkpoint = new CheckpointFolder(arguments.GetValue(folder)!).Load();
            torch.set_num_threads(arguments.GetValue(threads));
            var model = new AnswerBatch(checkpoint.Transformer, checkpoint.Tokenizer, checkpoint.Template);
            Print(new DialogueEvaluation(CorpusContent.Load(), model).Run(arguments.GetValue(count), cancellationToken), output);
        }, cancellationToken));
        return command;
    }

    internal static void Print(EvaluationReport report, TextWriter output)
    {
        output.WriteLine($"{"right answers",-44}{"greedy",9}{"temp. 1",9}{"questions",11}");
        foreach (var (greedy, sampled) in report.RightAnswers.Zip(report.RightAnswersSampled))
            output.WriteLine($"{greedy.Name,-44}{Percent(greedy.Value),9}{Percent(sampled.Value),9}{greedy.Count,11}");
        output.WriteLine();
        output.WriteLine("style at temperature 1");
        foreach (var figure in report.Style) output.WriteLine($"{figure.Name,-44}{Percent(figure.Value),9}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"tokens per answer",-44}{report.MeanTokens,9:F1}"));
    }

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
}
