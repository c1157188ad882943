using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Gates;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>One measured share, for example of right answers.</summary>
/// <param name="Name">What was asked, for a table.</param>
/// <param name="Value">0 to 1.</param>
/// <param name="Count">Answers looked at.</param>
public sealed record EvaluationFigure(string Name, double Value, int Count);

/// <param name="RightAnswers">By kind of question: greedy answers to held-out questions.</param>
/// <param name="RightAnswersSampled">The same questions at temperature 1.</param>
/// <param name="Style">Answers at temperature 1 to questions drawn as the corpus draws them.</param>
/// <param name="MeanTokens">Tokens of an answer at temperature 1.</param>
public sealed record EvaluationReport(
    IReadOnlyList<EvaluationFigure> RightAnswers,
    IReadOnlyList<EvaluationFigure> RightAnswersSampled,
    IReadOnlyList<EvaluationFigure> Style,
    double MeanTokens);

/// <summary>Asks a model the corpus's held-out questions and checks what it says.</summary>
public sealed class DialogueEvaluation(CorpusContent content, AnswerBatch model)
{
    private const long Seed = 4_711;
    private const int DialoguesToSearch = 400_000;
    /// <summary>Counted from 0.</summary>
    private const int FirstLaterTurn = 3;

    /// <summary>Questions that open a dialogue, by kind.</summary>
    private static readonly (string Name, string[] Intents)[] Kinds =
    [
        ("addition to 20", ["addition-to-20"]),
        ("subtraction to 20", ["subtraction-to-20"]),
        ("addition beyond 20", ["addition-to-99"]),
        ("subtraction beyond 20", ["subtraction-to-99"]),
        ("multiplication to 10", ["multiplication"]),
        ("conversion of units", ["unit-conversion"]),
        ("capital of a country", ["capital"]),
        ("continent of a country", ["continent"]),
        ("currency of a country", ["currency"]),
        ("language of a country", ["language"]),
        ("definition of a word", ["definition", "unit-kind"]),
        ("everyday knowledge", ["opposite", "colour", "day-after", "month-after", "animal-sound", "animal-legs", "young-animal"]),
        ("admits not to know", ["unknown-fact", "unknown-country", "unknown-word", "unknown-person", "too-large"]),
    ];

    private readonly DialogueGenerator _generator = new(content, (int)Seed);

    private sealed record Asked(IReadOnlyList<PromptMessage> Messages, string Intent, IReadOnlyDictionary<string, string> Facts);

    /// <param name="count">Questions of each kind.</param>
    public EvaluationReport Run(int count, CancellationToken cancellationToken)
    {
        var right = new List<EvaluationFigure>();
        var sampled = new List<EvaluationFigure>();
        var greedyAnswers = new List<EvaluatedAnswer>();
        foreach (var (name, asked) in Questions(count))
        {
            right.Add(Measure(name, asked, temperature: 0, greedyAnswers, cancellationToken));
            sampled.Add(Measure(name, asked, temperature: 1, answered: null, cancellationToken));
        }
        var whole = new EvaluationFigure("whole sentences, greedy answers", Share(greedyAnswers, a => a.Ended && AnswerChecks.IsWholeSentences(a.Text)), greedyAnswers.Count);
        var (style, meanTokens) = MeasureStyle(4 * count, cancellationToken);
        return new(right, sampled, [whole, .. style], meanTokens);
    }

    private IEnumerable<(string Name, List<Asked> Asked)> Questions(int count)
    {
        foreach (var (name, intents) in Kinds) yield return (name, FirstTurns(intents, count));
        yield return ("admits not to know, questions of other kinds",
            [.. CorpusContent.QuestionsOutside().Take(count).Select(q => new Asked([new(TurnRole.User, q)], "unknown-fact", new Dictionary<string, string>()))]);
        yield return ("reference to the turn before", Turns(new(content, (int)Seed, DialogueShape.Mixed), count,
            (dialogue, i) => i is > 0 and < FirstLaterTurn && dialogue.Turns[i].RefersBack && dialogue.Turns[i].Intent != dialogue.Turns[i - 1].Intent));
        yield return ("another row of the turn before (\"and of Spain?\")", Turns(new(content, (int)Seed, DialogueShape.Mixed), count,
            (dialogue, i) => i is > 0 and < FirstLaterTurn && dialogue.Turns[i].RefersBack && dialogue.Turns[i].Intent == dialogue.Turns[i - 1].Intent));
        yield return ("fourth to tenth turn", Turns(new(content, (int)Seed, DialogueShape.Long), count, (_, i) => i >= FirstLaterTurn));
    }

    private EvaluationFigure Measure(string name, List<Asked> asked, double temperature, List<EvaluatedAnswer>? answered, CancellationToken cancellationToken)
    {
        var answers = Ask(asked.Select(a => a.Messages), temperature, cancellationToken);
        answered?.AddRange(answers);
        return new(name, Share(answers.Index(), a => a.Item.Ended && AnswerChecks.IsRight(asked[a.Index].Intent, a.Item.Text, asked[a.Index].Facts)), answers.Count);
    }

    /// <summary>First questions of dialogues that training never sees, each once.</summary>
    private List<Asked> FirstTurns(string[] intents, int count) =>
    [
        .. Enumerable.Range(0, DialoguesToSearch).Select(i => _generator.Generate(i))
            .Where(d => intents.Contains(d.Turns[0].Intent.Name) && d.IsHeldOutTurn(0))
            .Where(d => !d.Turns[0].Intent.Name.EndsWith("-to-99", StringComparison.Ordinal) || ArithmeticRule.IsBeyond20(d.Turns[0].Facts))
            .Select(d => new Asked([d.Messages[0]], d.Turns[0].Intent.Name, d.Turns[0].Facts))
            .DistinctBy(a => a.Messages[0].Text).Take(count),
    ];

    /// <summary>Of each dialogue the first held-out question that qualifies, with the turns before it.</summary>
    private static List<Asked> Turns(DialogueGenerator generator, int count, Func<CorpusDialogue, int, bool> qualifies) =>
    [
        .. Enumerable.Range(0, DialoguesToSearch).Select(i => generator.Generate(i))
            .Select(d => (Dialogue: d, Turn: Enumerable.Range(0, d.Turns.Count).FirstOrDefault(
                i => AnswerChecks.Knows(d.Turns[i].Intent.Name) && d.IsHeldOutTurn(i) && qualifies(d, i), -1)))
            .Where(t => t.Turn >= 0).Take(count)
            .Select(t => new Asked([.. t.Dialogue.Messages.Take(2 * t.Turn + 1)], t.Dialogue.Turns[t.Turn].Intent.Name, t.Dialogue.Turns[t.Turn].Facts)),
    ];

    private (IReadOnlyList<EvaluationFigure> Style, double MeanTokens) MeasureStyle(int count, CancellationToken cancellationToken)
    {
        var dialogues = Enumerable.Range(0, count).Select(i => _generator.Generate(i)).ToList();
        var answers = Ask(dialogues.Select(d => new[] { d.Messages[0] }), temperature: 1, cancellationToken);
        var tokens = answers.Select(a => a.Tokens).ToList();
        var corpusTokens = dialogues.Select(d => model.Tokens(d.Messages[1].Text)).ToList();
        var bigrams = Math.Min(DistinctN.Count(tokens, 2), DistinctN.Count(corpusTokens, 2));
        var distinct = DistinctN.Of(tokens, 2, bigrams);
        var grammar = new CorpusGrammar(content);
        EvaluationFigure[] style =
        [
            new("whole sentences", Share(answers, a => a.Ended && AnswerChecks.IsWholeSentences(a.Text)), answers.Count),
            new("exactly as the corpus's grammar writes", Share(answers, a => a.Ended && grammar.Writes(a.Text)), answers.Count),
            new("ends with a question", Share(answers, a => a.Text.EndsWith('?')), answers.Count),
            new("ends with an exclamation", Share(answers, a => a.Text.EndsWith('!')), answers.Count),
            new("distinct answers", (double)answers.DistinctBy(a => a.Text).Count() / answers.Count, answers.Count),
            new("distinct-2", distinct, bigrams),
            new("distinct-2 over the corpus's own", distinct / DistinctN.Of(corpusTokens, 2, bigrams), bigrams),
        ];
        return (style, answers.Average(a => a.Tokens.Count));
    }

    private IReadOnlyList<EvaluatedAnswer> Ask(
        IEnumerable<IReadOnlyList<PromptMessage>> prompts, double temperature, CancellationToken cancellationToken) => model.Answer(
            [.. prompts], new SamplingParameters { Temperature = temperature, MaxTokens = 96 }, Seed, cancellationToken);

    private static double Share<T>(IEnumerable<T> items, Func<T, bool> condition)
    {
        var all = items.ToList();
        return all.Count == 0 ? double.NaN : (double)all.Count(condition) / all.Count;
    }
}
