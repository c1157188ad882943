using System.Text.RegularExpressions;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Trainer.Corpus;

public enum AnswerEnding { Plain, Remark, Question, Offer }

/// <summary>Where one turn of a dialogue comes from.</summary>
/// <param name="Facts">The values that filled the templates.</param>
/// <param name="RefersBack">The user's words make sense only after the turn before.</param>
public sealed record TurnOrigin(Intent Intent, IReadOnlyDictionary<string, string> Facts, AnswerEnding Ending, bool RefersBack);

/// <summary>User and assistant messages in turn, and for each pair its origin.</summary>
public sealed record CorpusDialogue(IReadOnlyList<PromptMessage> Messages, IReadOnlyList<TurnOrigin> Turns)
{
    /// <summary>Whether training must not see it.</summary>
    public bool IsHeldOut => Enumerable.Range(0, Turns.Count).Any(IsHeldOutTurn);

    /// <param name="index">Counted from 0.</param>
    public bool IsHeldOutTurn(int index)
    {
        var (question, turn) = (Messages[2 * index].Text, Turns[index]);
        if (ArithmeticRule.IsBeyond20(turn.Facts))
            return HeldOut.ContainsProblem(turn.Facts[ArithmeticRule.OperationColumn], turn.Facts["a"], turn.Facts["b"]);
        if (turn.Intent.Source is null) return false;
        return turn.RefersBack
            ? HeldOut.ContainsReference(Turns[index - 1].Intent.Name, turn.Intent.Name, DialogueGenerator.Subject(turn.Facts))
            : HeldOut.ContainsWording(question);
    }
}

/// <summary>How long dialogues are.</summary>
/// <param name="GoOnShares">How often a second turn follows the first one, a third the second, and so on; then the dialogue ends.</param>
/// <param name="RecallShare">How often a user who has told a name asks for it, a turn or many later.</param>
public sealed record DialogueShape(IReadOnlyList<double> GoOnShares, double RecallShare)
{
    /// <summary>One to three turns: facts are learned fastest from these.</summary>
    public static DialogueShape Short { get; } = new([0.35, 0.4], 0);

    /// <summary>One to ten turns that wander from subject to subject, as people do.</summary>
    public static DialogueShape Long { get; } = new([.. Enumerable.Repeat(0.85, 9)], RecallShare: 0.15);

    /// <summary>Mostly one to three turns, now and then up to ten: what the starter is trained on.</summary>
    public static DialogueShape Mixed { get; } = new([0.45, 0.5, 0.6, 0.75, 0.8, 0.85, 0.85, 0.85, 0.85], RecallShare: 0.15);
}

/// <summary>
/// Writes dialogues by grammar. How an answer ends (plain, with a remark, with a question) is drawn
/// independently of what it says, so that preferences have something to choose from. Dialogue number i depends on the seed and i alone.
/// </summary>
public sealed partial class DialogueGenerator(CorpusContent content, int seed, DialogueShape? shape = null)
{
    private readonly DialogueShape _shape = shape ?? DialogueShape.Short;

    private const double QuestionShare = 0.28;
    private const double RemarkShare = 0.22;
    private const double RelatedShare = 0.6;

    /// <summary>So many dialogues in a row without a new one mean that hardly any are left.</summary>
    private const int MostWithoutNew = 100_000;

    private static readonly Dictionary<string, string> NoFacts = [];

    private static readonly string[] SubjectColumns = ["country", "place", UnitRule.AmountColumn, "hero", "thing", "person", "name", "a"];

    public CorpusDialogue Generate(long index)
    {
        var random = new Random(Mix(seed, index));
        List<PromptMessage> messages = [];
        List<TurnOrigin> turns = [];
        var turnCount = 1;
        while (turnCount <= _shape.GoOnShares.Count && random.NextDouble() < _shape.GoOnShares[turnCount - 1]) turnCount++;
        while (turns.Count < turnCount)
        {
            var (question, answer, origin) = turns.Count == 0 ? Open(random) : Continue(turns, random);
            messages.Add(new(TurnRole.User, UserWriting.Write(question, random)));
            messages.Add(new(TurnRole.Assistant, answer));
            turns.Add(origin);
        }
        return new(messages, turns);
    }

    /// <summary>Dialogues number first, first + 1 and so on that are, or are not, held out.</summary>
    public IEnumerable<CorpusDialogue> Stream(bool heldOut, long first = 0)
    {
        for (var index = first; ; index++)
        {
            var dialogue = Generate(index);
            if (dialogue.IsHeldOut == heldOut) yield return dialogue;
        }
    }

    /// <summary>The first so many different ones of <see cref="Stream"/>: each text comes once.</summary>
    /// <exception cref="ChatLoopException">Invalid, after the last one: the grammar has no more.</exception>
    public IEnumerable<CorpusDialogue> Distinct(bool heldOut, int count)
    {
        var seen = new DialogueSet();
        var (given, withoutNew) = (0, 0);
        for (long index = 0; given < count; index++)
        {
            if (withoutNew++ == MostWithoutNew)
                throw ChatLoopException.Invalid($"The grammar gave {given:N0} different dialogues and nothing new in {MostWithoutNew:N0} more. Ask for at most {given:N0}.");
            var dialogue = Generate(index);
            if (dialogue.IsHeldOut != heldOut || !seen.Add(dialogue.Messages)) continue;
            (given, withoutNew) = (given + 1, 0);
            yield return dialogue;
        }
    }

    private (string Question, string Answer, TurnOrigin Origin) Open(Random random)
    {
        var domain = DrawByWeight(content.Domains, d => d.Share, random);
        var intent = DrawByWeight(domain.Intents, i => i.Openings.Count > 0 ? i.Weight : 0, random);
        return Say(intent, intent.Openings, DrawFacts(intent, random), refersBack: false, random);
    }

    private (string Question, string Answer, TurnOrigin Origin) Continue(List<TurnOrigin> turns, Random random)
    {
        var named = _shape.RecallShare > 0 ? turns.LastOrDefault(t => t.Intent.Name == "tell-name") : null;
        if (named is not null && random.NextDouble() < _shape.RecallShare) return RecallName(named, random);
        var next = GoOn(turns[^1], random);
        return named is not null && next.Origin.Intent.Name == "no-name-yet" ? RecallName(named, random) : next;
    }

    private (string Question, string Answer, TurnOrigin Origin) RecallName(TurnOrigin named, Random random)
    {
        var recall = content.Intents["recall-name"];
        return Say(recall, recall.SameRowFollowUps, named.Facts, refersBack: true, random);
    }

    private (string Question, string Answer, TurnOrigin Origin) GoOn(TurnOrigin last, Random random)
    {
        if (last.Ending == AnswerEnding.Offer && random.NextDouble() < RelatedShare) return AnswerOffer(last, random);
        if (random.NextDouble() >= RelatedShare) return Open(random);
        if (random.Next(2) == 0 && FollowUp(last, random) is { } followUp) return followUp;
        return last.Intent.OtherRowFollowUps.Count > 0 && content.Sources[last.Intent.Source!].DrawAfter(last.Facts, random) is { } facts
            ? Say(last.Intent, last.Intent.OtherRowFollowUps, facts, refersBack: true, random)
            : Open(random);
    }

    /// <summary>Another question about what the last turn was about; null when there is none.</summary>
    private (string Question, string Answer, TurnOrigin Origin)? FollowUp(TurnOrigin last, Random random)
    {
        var intents = content.FollowUps(last.Intent);
        if (intents.Count == 0) return null;
        var intent = Draw(intents, random);
        var facts = intent.Source is null || intent.After.Count == 0 ? last.Facts : content.Sources[intent.Source].DrawAfter(last.Facts, random);
        return facts is null ? null : Say(intent, intent.SameRowFollowUps, facts, refersBack: true, random);
    }

    /// <summary>"Would you like another one?" is answered by yes, and another row follows, or by no.</summary>
    private (string Question, string Answer, TurnOrigin Origin) AnswerOffer(TurnOrigin last, Random random)
    {
        var decline = content.Intents["decline"];
        if (random.Next(3) == 0) return Say(decline, decline.Openings, NoFacts, refersBack: true, random);
        var accept = content.Intents["accept"];
        var lead = Draw(accept.Answers, random).Expand(random, NoFacts);
        var facts = DrawFacts(last.Intent, random);
        string answer;
        TurnOrigin origin;
        do (_, answer, origin) = Say(last.Intent, last.Intent.Openings, facts, refersBack: true, random);
        while (!answer.Contains(Subject(facts), StringComparison.OrdinalIgnoreCase));
        return (Draw(accept.Openings, random).Expand(random, NoFacts), lead + answer, origin);
    }

    /// <summary>What a turn is about; an answer has to name it when the user has not.</summary>
    internal static string Subject(IReadOnlyDictionary<string, string> facts) => SubjectColumns.Select(facts.GetValueOrDefault).FirstOrDefault(s => s is not null) ?? "";

    private static (string Question, string Answer, TurnOrigin Origin) Say(
        Intent intent, List<Template> questions, IReadOnlyDictionary<string, string> facts, bool refersBack, Random random)
    {
        var question = Draw(questions, random).Expand(random, WithoutArticle(facts, random));
        var answer = Sentence(Draw(intent.Answers, random).Expand(random, facts));
        var ending = DrawEnding(intent, random);
        if (Endings(intent, ending) is { Count: > 0 } endings) answer += " " + Sentence(Draw(endings, random).Expand(random, facts));
        return (question, answer, new(intent, facts, ending, refersBack));
    }

    private static AnswerEnding DrawEnding(Intent intent, Random random)
    {
        var share = random.NextDouble();
        if (share >= QuestionShare + RemarkShare) return AnswerEnding.Plain;
        if (share >= QuestionShare) return intent.Remarks.Count > 0 ? AnswerEnding.Remark : AnswerEnding.Plain;
        if (intent.Offers.Count > 0 && random.Next(2) == 0) return AnswerEnding.Offer;
        return intent.Questions.Count > 0 ? AnswerEnding.Question : AnswerEnding.Plain;
    }

    private static List<Template> Endings(Intent intent, AnswerEnding ending) => ending switch
    {
        AnswerEnding.Question => intent.Questions,
        AnswerEnding.Offer => intent.Offers,
        AnswerEnding.Remark => intent.Remarks,
        _ => [],
    };

    private IReadOnlyDictionary<string, string> DrawFacts(Intent intent, Random random) =>
        intent.Source is { } source ? content.Sources[source].Draw(random) : NoFacts;

    /// <summary>People also write "capital of netherlands".</summary>
    private static IReadOnlyDictionary<string, string> WithoutArticle(IReadOnlyDictionary<string, string> facts, Random random)
    {
        if (!facts.TryGetValue("country", out var country) || !country.StartsWith("the ", StringComparison.Ordinal)) return facts;
        return random.Next(3) > 0 ? facts : new Dictionary<string, string>(facts) { ["country"] = country[4..] };
    }

    /// <summary>Capitals at the start and after a lead such as "Good question!".</summary>
    private static string Sentence(string text) =>
        LaterStart().Replace(char.ToUpperInvariant(text[0]) + text[1..], start => start.Value.ToUpperInvariant());

    [GeneratedRegex("(?<=[.!?] )[a-z]", RegexOptions.CultureInvariant, 60_000)]
    private static partial Regex LaterStart();

    private static T Draw<T>(IReadOnlyList<T> from, Random random) => from[random.Next(from.Count)];

    private static T DrawByWeight<T>(IReadOnlyList<T> from, Func<T, double> weight, Random random)
    {
        var left = random.NextDouble() * from.Sum(weight);
        foreach (var item in from)
        {
            left -= weight(item);
            if (left < 0) return item;
        }
        return from.Last(item => weight(item) > 0);
    }

    /// <summary>SplitMix64 (Steele et al. 2014): neighbouring indices give unrelated seeds.</summary>
    private static int Mix(int seed, long index)
    {
        var z = ((ulong)(uint)seed << 40) + (ulong)index * 0x9E3779B97F4A7C15ul + 0x9E3779B97F4A7C15ul;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ul;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBul;
        return (int)((z ^ (z >> 31)) & int.MaxValue);
    }
}
