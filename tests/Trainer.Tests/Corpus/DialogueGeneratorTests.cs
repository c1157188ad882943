using System.Text.RegularExpressions;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Trainer.Corpus;

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
        var sums = Turns.Where(t => t.Origin.Facts.ContainsKey("operation") && t.Origin.Intent.Source != "large").ToList();

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

        Assert.True(answers.Count > 1_000);
        Assert.All(answers, turn => Assert.Contains(turn.Origin.Facts[column], turn.Answer, StringComparison.Ordinal));
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

    [Fact]
    public void Training_and_held_out_dialogues_share_no_question_about_facts()
    {
        var training = Generator.Stream(heldOut: false).Take(Many).SelectMany(Questions).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var heldOut = Generator.Stream(heldOut: true).Take(500).SelectMany(HeldOutQuestions).ToList();

        Assert.NotEmpty(heldOut);
        Assert.All(heldOut, question => Assert.DoesNotContain(question, training));

        static IEnumerable<string> Questions(CorpusDialogue dialogue) => dialogue.Turns.Select((_, i) => dialogue.Messages[2 * i].Text.TrimEnd('?', ' ', '='));
        static IEnumerable<string> HeldOutQuestions(CorpusDialogue dialogue) => Questions(dialogue).Where((_, i) => dialogue.IsHeldOutTurn(i) && !dialogue.Turns[i].RefersBack);
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
