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

            A small chat model that ChatLoop trained from random weights on a corpus that it writes itself: small talk, sums to 99,
            countries, units, definitions and a little everyday knowledge, in English. It is where the loop starts: correct, but varied
            in style, so that people's preferences have something to choose from. It knows nothing beyond that and is meant to say so.

            - Shape: decoder-only transformer of the Llama family, {parameters:N0} parameters; {config.Layers} layers, hidden size
              {config.HiddenSize}, {config.Heads} heads ({config.KeyValueHeads} for keys and values), vocabulary {config.VocabularySize}
              (byte-level BPE, every digit a token), context {config.MaxPositions} tokens. Stored in bfloat16.
            - Training: {origin.Tokens:N0} tokens{(origin.IsComplete ? "" : " so far")} in {origin.Duration.TotalMinutes:F0} minutes on two
              shared cores: {origin.Options.Tokens:N0} of dialogues of one to ten turns (learning rate {origin.Options.LearningRate}), then
              {origin.Options.FineTuningTokens:N0} of supervised fine-tuning (loss on answers alone, learning rate down to
              {origin.Options.FinalLearningRate:P0} by half a cosine). AdamW, seed {origin.Options.Seed}.
            - Made with: `{origin.Command}`
            - Chat format: `<|user|>text<|end|><|assistant|>text<|end|>`.
            - Data: the grammars and tables in `src/Trainer/Corpus/Content`, written for this project, and definitions from WordNet 3.0
              (licence in `definitions.tsv` there).

            """);
        if (report is not null) AppendFigures(card, report);
        return card.ToString();
    }

    private static void AppendFigures(StringBuilder card, EvaluationReport report)
    {
        card.Append("""

            ## Goals

            The lowest of the figures below that belong to each.

            | Goal | at least | measured |
            |---|---:|---:|

            """);
        foreach (var goal in Goals)
        {
            var figure = report.RightAnswers.Concat(report.Style).Where(f => goal.Figures.Contains(f.Name)).Min(f => f.Value);
            card.Append(CultureInfo.InvariantCulture, $"| {goal.Name} | {goal.Least:0 %} | {figure:0.0 %}{(figure >= goal.Least ? "" : ", missed")} |\n");
        }
        card.Append("""

            ## Measured

            With the weights as stored, on what training never saw: facts in held-out wordings, sums beyond 20 with held-out numbers,
            references to the turn before about held-out combinations of what was asked before, what is asked and about what. Again
            with `chatloop eval FOLDER`.

            | Right answers | greedy | temperature 1 | questions |
            |---|---:|---:|---:|

            """);
        foreach (var (greedy, sampled) in report.RightAnswers.Zip(report.RightAnswersSampled))
            card.Append(CultureInfo.InvariantCulture, $"| {greedy.Name} | {Percent(greedy)} | {Percent(sampled)} | {greedy.Count} |\n");
        card.Append("\n| Style at temperature 1 | |\n|---|---:|\n");
        foreach (var figure in report.Style) card.Append(CultureInfo.InvariantCulture, $"| {figure.Name} | {Percent(figure)} |\n");
        card.Append(CultureInfo.InvariantCulture, $"| tokens per answer | {report.MeanTokens:F1} |\n");
        card.Append("""

            ## Limits

            - What it knows is the corpus: 188 countries, 32 units, 281 definitions, sums of two numbers. Everything else it has to refuse,
              and at temperature 1 it sometimes invents an answer instead (see "admits not to know").
            - Sums to 20, tables, countries, units and definitions were all seen in training, in other words; only sums beyond 20 and references
              were held out as such.
            - It follows no instructions, holds no longer thread than a reference to the turn before and a told name, and speaks English alone.

            """);
    }

    private static readonly (string Name, string[] Figures, double Least)[] Goals =
    [
        ("arithmetic of two numbers to 99", ["addition to 20", "subtraction to 20", "addition beyond 20", "subtraction beyond 20"], 0.95),
        ("capitals and units", ["capital of a country", "conversion of units"], 0.95),
        ("multi-turn reference", ["reference to the turn before", "another row of the turn before (\"and of Spain?\")"], 0.85),
        ("whole sentences, always", ["whole sentences, greedy answers"], 1),
        ("says that it does not know outside its world", ["admits not to know", "admits not to know, questions of other kinds"], 0.9),
        ("distinct-2 at temperature 1 over the corpus's own", ["distinct-2 over the corpus's own"], 0.5),
    ];

    private static string Percent(EvaluationFigure figure) => figure.Value.ToString("0.0 %", CultureInfo.InvariantCulture);
}
