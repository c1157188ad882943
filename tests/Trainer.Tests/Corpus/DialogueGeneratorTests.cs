using System.Text.RegularExpressions;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.Tests.Corpus;

public sealed partial class DialogueGeneratorTests
{
    private const int Many = 20_000;
    private static readonly CorpusContent Content = CorpusContent.Load();
    private static readonly DialogueGenerator Generator = new(Content, 1);
    private static readonly CorpusDialogue[] Dialogues = [.. Enumerable.Range(0, Many).Select(i => Generator.Generate(i))];

    private static readonly (TurnOrigin Origin, string Question, string Answer)[] Turns =
        [.. Dialogues.SelectMany(d => d.Turns.Select((turn, i) => (turn, d.Messages[2 * i].Text, d.Messages[2 * i + 1].Text)))];

    [Fact]
    public void The_same_seed_and_number_give_the_same_dialogue()
    {
        var again = new DialogueGenerator(CorpusContent.Load(), 1);
        var other = new DialogueGenerator(Content, 2);

        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(Dialogues[i].Messages, again.Generate(i).Messages));
        Assert.Contains(Enumerable.Range(0, 200), i => !Dialogues[i].Messages.SequenceEqual(other.Generate(i).Messages));
    }

    [Fact]
    public void Users_and_assistant_take_turns_up_to_three_times() => Assert.All(Dialogues, dialogue =>
    {
        Assert.InRange(dialogue.Turns.Count, 1, 3);
        Assert.Equal(2 * dialogue.Turns.Count, dialogue.Messages.Count);
        Assert.All(dialogue.Messages.Index(), m => Assert.Equal(m.Index % 2 == 0 ? TurnRole.User : TurnRole.Assistant, m.Item.Role));
    });

    [Fact]
    public void Sums_are_right()
    {
        var sums = Turns.Where(t => t.Origin.Facts.ContainsKey("operation") && t.Origin.Intent.Source is not (null or "large")).ToList();

        Assert.True(sums.Count > 5_000);
        Assert.All(sums, turn =>
        {
            var (a, b) = (int.Parse(turn.Origin.Facts["a"]), int.Parse(turn.Origin.Facts["b"]));
            var expected = turn.Origin.Facts["operation"] switch { "+" => a + b, "-" => a - b, _ => a * b };
            Assert.Equal(expected, int.Parse(Number().Matches(turn.Answer)[^1].Value));
            Assert.True(expected >= 0);
        });
    }

    [Theory]
    [InlineData("capital")]
    [InlineData("continent")]
    [InlineData("currency")]
    [InlineData("language")]
    public void Answers_about_countries_name_the_fact_of_the_table(string column)
    {
        var answers = Turns.Where(t => t.Origin.Intent.Name == column).ToList();

        Assert.True(answers.Count > 600);
        Assert.All(answers, turn => Assert.Contains(turn.Origin.Facts[column], turn.Answer, StringComparison.Ordinal));
    }

    [Fact]
    public void Conversions_of_units_are_right()
    {
        Dictionary<string, double> grams = new() { ["milligram"] = 0.001, ["gram"] = 1, ["kilogram"] = 1e3, ["tonne"] = 1e6 };
        Dictionary<string, double> metres = new() { ["millimetre"] = 0.001, ["centimetre"] = 0.01, ["metre"] = 1, ["kilometre"] = 1e3 };
        Dictionary<string, double> seconds = new() { ["second"] = 1, ["minute"] = 60, ["hour"] = 3600, ["day"] = 86_400, ["week"] = 604_800 };
        var conversions = Turns.Where(t => t.Origin.Intent.Name == "unit-conversion").Select(t => t.Origin.Facts).ToList();
        var checkedConversions = 0;

        foreach (var scale in new[] { grams, metres, seconds })
        {
            foreach (var facts in conversions)
            {
                if (Of(facts["amount"], scale) is not { } amount) continue;
                Assert.Equal(amount, Of(facts["equal"], scale)!.Value, 1e-6 * amount);
                checkedConversions++;
            }
        }
        Assert.True(checkedConversions > 500, $"{checkedConversions}");

        static double? Of(string quantity, Dictionary<string, double> scale) =>
            quantity.Split(' ') is [var number, var unit] && scale.TryGetValue(unit.TrimEnd('s'), out var factor) ? int.Parse(number) * factor : null;
    }

    [Fact]
    public void And_more_goes_on_from_the_result_of_the_turn_before()
    {
        var steps = Dialogues.SelectMany(d => d.Turns.Skip(1).Zip(d.Turns)).Where(p => p.First.Intent.Name is "and-more" or "and-less").ToList();

        Assert.True(steps.Count > 100);
        Assert.All(steps, step => Assert.Equal(step.Second.Facts["result"], step.First.Facts["a"]));
    }

    [Fact]
    public void Another_amount_is_converted_between_the_same_units()
    {
        var steps = Dialogues.SelectMany(d => d.Turns.Skip(1).Zip(d.Turns))
            .Where(p => p is { First: { Intent.Name: "unit-conversion", RefersBack: true }, Second: { Intent.Name: "unit-conversion", Ending: not AnswerEnding.Offer } }).ToList();

        Assert.NotEmpty(steps);
        Assert.All(steps, step => Assert.Equal((step.Second.Facts["from"], step.Second.Facts["into"]), (step.First.Facts["from"], step.First.Facts["into"])));
    }

    [Fact]
    public void What_is_beyond_the_corpus_is_answered_with_not_knowing()
    {
        var refusals = Turns.Where(t => t.Origin.Intent.Name is "too-large" or "still-unknown" || t.Origin.Intent.Name.StartsWith("unknown-", StringComparison.Ordinal)).ToList();

        Assert.True(refusals.Count > 1_000);
        Assert.All(refusals, turn => Assert.True(AnswerChecks.AdmitsNotToKnow(turn.Answer), turn.Answer));
    }

    [Fact]
    public void The_grammar_recognises_what_it_writes_and_no_broken_sentence()
    {
        var grammar = new CorpusGrammar(Content);

        Assert.All(Turns.Take(2_000), turn => Assert.True(grammar.Writes(turn.Answer), turn.Answer));
        Assert.All(["The capital of France is.", "Paris Paris is capital", "I do know not that."], broken => Assert.False(grammar.Writes(broken), broken));
    }

    [Fact]
    public void Questions_outside_the_corpus_are_not_in_it()
    {
        var outside = CorpusContent.QuestionsOutside().ToHashSet(StringComparer.OrdinalIgnoreCase);

        Assert.True(outside.Count >= 40);
        Assert.DoesNotContain(Turns, t => outside.Contains(t.Question.TrimEnd('?', ' ')));
    }

    [Fact]
    public void Answers_are_whole_sentences() => Assert.All(Turns, turn => Assert.Matches(@"^[\p{Lu}\d].*[\p{L}\d'][.!?]$", turn.Answer));

    [Fact]
    public void About_a_quarter_of_the_answers_end_with_a_question_whatever_they_say()
    {
        foreach (var group in Turns.GroupBy(t => t.Origin.Intent.Name).Where(g => g.Count() > 400))
            Assert.InRange((double)group.Count(t => t.Answer.EndsWith('?')) / group.Count(), 0.20, 0.36);
        Assert.InRange((double)Turns.Count(t => t.Answer.EndsWith('?')) / Turns.Length, 0.25, 0.31);
    }

    [Fact]
    public void Question_endings_vary() => Assert.All(
        Turns.Where(t => t.Answer.EndsWith('?')).GroupBy(t => t.Origin.Intent.Name).Where(g => g.Count() > 100),
        group => Assert.True(group.Select(t => LastSentence().Match(t.Answer).Value).Distinct().Count() >= 3, group.Key));

    [Fact]
    public void An_accepted_offer_is_answered_with_another_fact_that_is_named()
    {
        var accepted = Turns.Where(t => t.Origin is { RefersBack: true, Intent.Name: "capital" } && t.Question.StartsWith("yes", StringComparison.OrdinalIgnoreCase)).ToList();

        Assert.NotEmpty(accepted);
        Assert.All(accepted, turn => Assert.Contains(turn.Origin.Facts["country"], turn.Answer, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Long_dialogues_have_up_to_ten_turns_and_remember_names()
    {
        var dialogues = Enumerable.Range(0, 5_000).Select(i => new DialogueGenerator(Content, 1, DialogueShape.Long).Generate(i)).ToList();

        Assert.Equal(10, dialogues.Max(d => d.Turns.Count));
        var recalls = 0;
        foreach (var dialogue in dialogues)
        {
            string? name = null;
            foreach (var (i, turn) in dialogue.Turns.Index())
            {
                if (turn.Intent.Name == "tell-name") name = turn.Facts["name"];
                if (turn.Intent.Name == "no-name-yet") Assert.Null(name);
                if (turn.Intent.Name != "recall-name") continue;
                recalls++;
                Assert.Contains(name!, dialogue.Messages[2 * i + 1].Text, StringComparison.Ordinal);
            }
        }
        Assert.True(recalls > 100);
    }

    /// <summary>"Hi", "hi", "Hey" and "hey", each with two answers.</summary>
    [Fact]
    public void Each_dialogue_is_given_once_until_the_grammar_has_no_more()
    {
        var content = new CorpusContent([new("tiny", 1, IntentGrammar.Parse("tiny", ["[greeting] 1", "> {hi|hey}", "= {Hello|Welcome}."]))], new Dictionary<string, IFactSource>());
        var generator = new DialogueGenerator(content, 1, new([], RecallShare: 0));

        Assert.Equal(8, Texts(generator.Distinct(heldOut: false, 8)).Distinct().Count());
        var error = Assert.Throws<ChatLoopException>(() => Texts(generator.Distinct(heldOut: false, 9)));
        Assert.Contains("at most 8", error.Message, StringComparison.Ordinal);
        Assert.Throws<ChatLoopException>(() => Texts(generator.Distinct(heldOut: true, 1)));

        static List<string> Texts(IEnumerable<CorpusDialogue> dialogues) => [.. dialogues.Select(d => string.Join(' ', d.Messages.Select(m => m.Text)))];
    }

    [Fact]
    public void Training_and_held_out_dialogues_share_no_question_about_facts()
    {
        var training = Generator.Stream(heldOut: false).Take(Many).SelectMany(Questions).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var heldOut = Generator.Stream(heldOut: true).Take(500).SelectMany(HeldOutQuestions).ToList();

        Assert.NotEmpty(heldOut);
        Assert.All(heldOut, question => Assert.DoesNotContain(question, training));

        static IEnumerable<string> Questions(CorpusDialogue dialogue) => dialogue.Turns.Index().Where(t => !t.Item.RefersBack).Select(t => Wording(dialogue, t.Index));
        static IEnumerable<string> HeldOutQuestions(CorpusDialogue dialogue) => dialogue.Turns.Index()
            .Where(t => dialogue.IsHeldOutTurn(t.Index) && !t.Item.RefersBack).Select(t => Wording(dialogue, t.Index));
        static string Wording(CorpusDialogue dialogue, int turn) => dialogue.Messages[2 * turn].Text.TrimEnd('?', ' ', '=');
    }

    [Fact]
    public void Held_out_references_are_in_no_training_dialogue_in_any_wording()
    {
        var training = Generator.Stream(heldOut: false).Take(Many).SelectMany(References).ToHashSet();
        var heldOut = Dialogues.SelectMany(d => References(d).Where(r => HeldOut.ContainsReference(r.Before, r.Now, r.Subject))).ToList();

        Assert.NotEmpty(heldOut);
        Assert.All(heldOut, reference => Assert.DoesNotContain(reference, training));

        static IEnumerable<(string Before, string Now, string Subject)> References(CorpusDialogue dialogue) => dialogue.Turns.Index()
            .Where(t => t.Item is { RefersBack: true, Intent: { Source: not null, Name: "capital" or "continent" or "currency" or "language" } })
            .Select(t => (dialogue.Turns[t.Index - 1].Intent.Name, t.Item.Intent.Name, t.Item.Facts["country"]));
    }

    [Fact]
    public void Held_out_sums_beyond_20_are_in_no_training_dialogue_in_any_wording()
    {
        static IEnumerable<(string, string, string)> Problems(CorpusDialogue dialogue) => dialogue.Turns
            .Where(t => ArithmeticRule.IsBeyond20(t.Facts)).Select(t => (t.Facts["a"], t.Facts["operation"], t.Facts["b"]));
        var training = Generator.Stream(heldOut: false).Take(Many).SelectMany(Problems).ToHashSet();
        var heldOut = Dialogues.SelectMany(Problems).Where(p => HeldOut.ContainsProblem(p.Item2, p.Item1, p.Item3)).ToList();

        Assert.NotEmpty(heldOut);
        Assert.All(heldOut, problem => Assert.DoesNotContain(problem, training));
    }

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"[^.!?]+\?$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LastSentence();
}
