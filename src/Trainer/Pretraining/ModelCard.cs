using System.Globalization;
using System.Text;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>How a checkpoint came to be.</summary>
/// <param name="Command">The command that makes it again.</param>
public sealed record TrainingOrigin(PretrainingOptions Options, string Command, long Tokens, TimeSpan Duration, bool IsComplete);

/// <summary>The README.md of a checkpoint folder: what the model is, how it was made, and what was measured.</summary>
public static class ModelCard
{
    public static string Write(TransformerConfig config, long parameters, TrainingOrigin origin, EvaluationReport? report)
    {
        var card = new StringBuilder();
        card.Append(CultureInfo.InvariantCulture, $"""
            # ChatLoop starter model

            A small chat model that ChatLoop trained from random weights on a corpus that it writes itself: small talk, sums,
            countries and a little everyday knowledge, in English. It is where the loop starts: correct, but varied in style, so that
            people's preferences have something to choose from. It knows nothing beyond that and is meant to say so.

            - Shape: decoder-only transformer of the Llama family, {parameters:N0} parameters; {config.Layers} layers, hidden size
              {config.HiddenSize}, {config.Heads} heads ({config.KeyValueHeads} for keys and values), vocabulary {config.VocabularySize}
              (byte-level BPE, every digit a token), context {config.MaxPositions} tokens. Stored in bfloat16.
            - Training: {origin.Tokens:N0} tokens{(origin.IsComplete ? "" : " so far")} in {origin.Duration.TotalMinutes:F0} minutes on a
              shared two-core machine: {origin.Options.Tokens:N0} of dialogues of one to ten turns (learning rate
              {origin.Options.LearningRate}), then {origin.Options.FineTuningTokens:N0} of supervised fine-tuning (loss on answers alone,
              learning rate down to {origin.Options.FinalLearningRate:P0} by half a cosine). AdamW, seed {origin.Options.Seed}.
            - Made with: `{origin.Command}`
            - Chat format: `<|user|>text<|end|><|assistant|>text<|end|>`.

            """);
        if (report is not null) AppendFigures(card, report);
        return card.ToString();
    }

    private static void AppendFigures(StringBuilder card, EvaluationReport report)
    {
        card.Append("""

            ## Measured

            Questions that training never saw: facts in held-out wordings, sums beyond 20 with held-out numbers. Again with
            `chatloop eval FOLDER`.

            | Right answers | greedy | temperature 1 | questions |
            |---|---:|---:|---:|

            """);
        foreach (var (greedy, sampled) in report.RightAnswers.Zip(report.RightAnswersSampled))
            card.Append(CultureInfo.InvariantCulture, $"| {greedy.Name} | {Percent(greedy)} | {Percent(sampled)} | {greedy.Count} |\n");
        card.Append("\n| Style at temperature 1 | |\n|---|---:|\n");
        foreach (var figure in report.Style) card.Append(CultureInfo.InvariantCulture, $"| {figure.Name} | {Percent(figure)} |\n");
        card.Append(CultureInfo.InvariantCulture, $"| tokens per answer | {report.MeanTokens:F1} |\n");
    }

    private static string Percent(EvaluationFigure figure) => figure.Value.ToString("0.0 %", CultureInfo.InvariantCulture);
}
