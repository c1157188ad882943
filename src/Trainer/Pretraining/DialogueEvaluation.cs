using System.Text.RegularExpressions;
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
public sealed partial class DialogueEvaluation(CorpusContent content, AnswerBatch model)
{
    private const long Seed = 4_711;
    /// <summary>Counted from 0.</summary>
    private const int LaterTurn = 5;

    private static readonly (string Name, string[] Intents, Func<string, IReadOnlyDictionary<string, string>, bool> IsRight)[] Kinds =
    [
        ("addition to 20", ["addition-to-20"], IsResult),
        ("subtraction to 20", ["subtraction-to-20"], IsResult),
        ("addition beyond 20", ["addition-to-99"], IsResult),
        ("subtraction beyond 20", ["subtraction-to-99"], IsResult),
        ("multiplication to 10", ["multiplication"], IsResult),
        ("capital of a country", ["capital"], (text, facts) => Says(text, facts["capital"])),
        ("continent of a country", ["continent"], (text, facts) => Says(text, facts["continent"])),
        ("currency of a country", ["currency"], (text, facts) => Says(text, facts["currency"])),
        ("language of a country", ["language"], (text, facts) => Says(text, facts["language"])),
        ("everyday knowledge",
            ["opposite", "colour", "day-after", "month-after", "animal-sound", "animal-legs", "young-animal", "definition"],
            (text, facts) => Says(text, facts["b"])),
        ("admits not to know", ["unknown-country", "too-large"], (text, _) => AdmitsIgnorance().IsMatch(text)),
    ];

    private readonly DialogueGenerator _generator = new(content, (int)Seed);

    /// <param name="count">Questions of each kind.</param>
    public EvaluationReport Run(int count, CancellationToken cancellationToken)
    {
        var right = new List<EvaluationFigure>();
        var sampled = new List<EvaluationFigure>();
        foreach (var (name, intents, isRight) in Kinds)
        {
            var asked = HeldOutQuestions(intents, count);
            right.Add(Measure(temperature: 0));
            sampled.Add(Measure(temperature: 1));

            EvaluationFigure Measure(double temperature)
            {
                var answers = Ask(asked.Select(a => new[] { a.Question }), temperature, cancellationToken);
                return new(name, Share(answers.Index(), a => a.Item.Ended && isRight(a.Item.Text, asked[a.Index].Facts)), answers.Count);
            }
        }
        right.Add(MeasureLaterTurn(count, temperature: 0, cancellationToken));
        sampled.Add(MeasureLaterTurn(count, temperature: 1, cancellationToken));
        var (style, meanTokens) = MeasureStyle(4 * count, cancellationToken);
        return new(right, sampled, style, meanTokens);
    }

    /// <summary>Whether the same questions are still answered when five other turns came before.</summary>
    private EvaluationFigure MeasureLaterTurn(int count, double temperature, CancellationToken cancellationToken)
    {
        string[] intents = ["addition-to-20", "subtraction-to-20", "capital"];
        var generator = new DialogueGenerator(content, (int)Seed, DialogueShape.Long);
        var dialogues = Enumerable.Range(0, 40 * count).Select(i => generator.Generate(i))
            .Where(d => d.Turns.Count > LaterTurn && d.Turns[LaterTurn] is { RefersBack: false } turn && intents.Contains(turn.Intent.Name))
            .Take(count).ToList();
        var answers = Ask(dialogues.Select(d => d.Messages.Take(2 * LaterTurn + 1)), temperature, cancellationToken);
        return new("sums to 20 and capitals in the sixth turn", Share(answers.Index(), a =>
        {
            var turn = dialogues[a.Index].Turns[LaterTurn];
            return a.Item.Ended && Kinds.First(k => k.Intents.Contains(turn.Intent.Name)).IsRight(a.Item.Text, turn.Facts);
        }), answers.Count);
    }

    private (IReadOnlyList<EvaluationFigure> Style, double MeanTokens) MeasureStyle(int count, CancellationToken cancellationToken)
    {
        var questions = Enumerable.Range(0, count).Select(i => new[] { _generator.Generate(i).Messages[0] });
        var answers = Ask(questions, temperature: 1, cancellationToken);
        EvaluationFigure[] style =
        [
            new("ends with a question", Share(answers, a => a.Text.EndsWith('?')), answers.Count),
            new("ends with an exclamation", Share(answers, a => a.Text.EndsWith('!')), answers.Count),
            new("whole sentences", Share(answers, a => a.Ended && WholeSentences().IsMatch(a.Text)), answers.Count),
            new("distinct answers", (double)answers.DistinctBy(a => a.Text).Count() / answers.Count, answers.Count),
            new("distinct-2", DistinctN.Of(answers.Select(a => a.Tokens), 2), answers.Count),
        ];
        return (style, answers.Average(a => a.Tokens.Count));
    }

    private IReadOnlyList<EvaluatedAnswer> Ask(
        IEnumerable<IEnumerable<PromptMessage>> prompts, double temperature, CancellationToken cancellationToken) => model.Answer(
            [.. prompts.Select(p => p.ToArray())], new SamplingParameters { Temperature = temperature, MaxTokens = 96 }, Seed, cancellationToken);

    /// <summary>First questions of dialogues that training never sees, each once.</summary>
    private List<(PromptMessage Question, IReadOnlyDictionary<string, string> Facts)> HeldOutQuestions(string[] intents, int count)
    {
        const int dialogues = 400_000;
        return [.. Enumerable.Range(0, dialogues).Select(i => _generator.Generate(i))
            .Where(d => intents.Contains(d.Turns[0].Intent.Name) && d.IsHeldOutTurn(0))
            .Where(d => !d.Turns[0].Intent.Name.EndsWith("-to-99", StringComparison.Ordinal) || ArithmeticRule.IsBeyond20(d.Turns[0].Facts))
            .Select(d => (d.Messages[0], d.Turns[0].Facts)).DistinctBy(q => q.Item1.Text).Take(count)];
    }

    /// <summary>The last number of an answer is the result; the numbers before it repeat the question.</summary>
    private static bool IsResult(string text, IReadOnlyDictionary<string, string> facts) =>
        Number().Matches(text) is { Count: > 0 } numbers && numbers[^1].Value == facts["result"];

    private static bool Says(string text, string fact) => Regex.IsMatch(
        text, $@"(?<!\p{{L}}){Regex.Escape(fact)}(?!\p{{L}})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static double Share<T>(IEnumerable<T> items, Func<T, bool> condition)
    {
        var all = items.ToList();
        return all.Count == 0 ? double.NaN : (double)all.Count(condition) / all.Count;
    }

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"not know|unknown to me|not a country that I know|too (?:large|big|hard)|cannot|can only|only know", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AdmitsIgnorance();

    [GeneratedRegex(@"^[\p{Lu}\d].*[\p{L}\d][.!?]$", RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex WholeSentences();
}
