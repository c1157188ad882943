using System.Text.RegularExpressions;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Constraints;

public sealed class RegexConstraintTests
{
    private static readonly Tokenizer Tokenizer = TinyTokenizer.Create(("a", "b"), ("b", "c"), ("ab", "c"), ("Ã", "©"), ("1", "2"), ("c", "d"));

    private static readonly int End = Tokenizer.SpecialId(Model.ChatTemplates.ChatTemplate.EndToken);

    public static TheoryData<string> Expressions =>
    [
        "[a-z]+", @"\d{3}-\d{4}", "(yes|no|maybe)", @"^-?(0|[1-9]\d*)(\.\d+)?$", @"[^a-z\s]{1,5}", @"\w+(?: \w+){0,3}\.", ".{0,7}", @"\p{Lu}\p{Ll}{2,4}",
        "a👩b?", @"(?<year>20\d\d)-(0[1-9]|1[0-2])", @"[a-z]+?@x\.org", @"[\]\-a]{2}", "x{0}y", "a{2,}", "(a*)*b", "|a", @"\u00e9\x41\t?\n", "a{,2}", @"\W\D[\d,]",
        "(ab|abc)d?", "[]a]+", @"[\w.]{4}", @"(?'n'é|ü)ß", "^(a|b)+$", "(👩)+", "a.c", @"\{\}\[\]\(\)\^\$\|\\",
    ];

    [Theory, MemberData(nameof(Expressions))]
    public void Every_answer_matches_as_dotnet_matches(string regex)
    {
        var writer = new RandomWriter(Tokenizer, End);
        var whole = new Regex($@"^(?:{regex})\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        var answers = Enumerable.Range(0, 60).Select(seed => writer.Write(new() { Regex = regex }, seed)).OfType<string>().ToList();

        Assert.InRange(answers.Count, 55, 60);
        Assert.All(answers, answer => Assert.Matches(whole, answer));
    }

    /// <summary>The language is {ab, abd, abc, abcd}; what may come next is read off that list, token by token.</summary>
    [Fact]
    public void Exactly_the_tokens_that_lead_on_are_allowed()
    {
        string[] texts = ["ab", "abd", "abc", "abcd"];
        var compiler = new ConstraintCompiler(Tokenizer, [End]);
        foreach (var begun in new[] { "", "a", "ab", "abc", "abd", "abcd" })
        {
            var constraint = compiler.Begin(new() { Regex = "(ab|abc)d?" })!;
            foreach (var letter in begun) constraint.Append(Tokenizer.Encode(letter.ToString())[0]);
            var logits = new float[Tokenizer.VocabularySize];
            constraint.Apply(logits);

            var expected = Enumerable.Range(0, Tokenizer.VocabularySize)
                .Where(id => Tokenizer.Decode([id]) is { Length: > 0 } text && texts.Any(t => t.StartsWith(begun + text, StringComparison.Ordinal)))
                .Concat(texts.Contains(begun) ? [End] : []).Order();
            Assert.Equal(expected, Enumerable.Range(0, logits.Length).Where(id => logits[id] == 0));
        }
    }

    /// <summary>Byte-level and SentencePiece vocabularies; of the latter the first space is the mark of a word and not written.</summary>
    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("qwen")]
    [InlineData("smollm2")]
    public void Every_family_writes_what_matches(string family)
    {
        var tokenizer = TokenizerFolder.Load(TokenizerVector.FolderOf(family));
        var writer = new RandomWriter(tokenizer, tokenizer.EosId!.Value);
        foreach (var regex in new[] { @"(Yes|No), \d{1,3} of [a-zäöü]{2,8}\.", " ?[a-c]+", "x👩y|日本", "[ab ]{3}" })
        {
            for (var seed = 0; seed < 15; seed++)
                Assert.Matches(new Regex($@"^(?:{regex})\z", RegexOptions.None, TimeSpan.FromSeconds(5)), writer.Write(new() { Regex = regex }, seed)!);
        }
    }

    [Theory]
    [InlineData("a(b", "regex is no regular expression")]
    [InlineData("[b-a]", "regex is no regular expression")]
    [InlineData("a**", "regex is no regular expression")]
    [InlineData("(?=a)b", "regex does not support the group '(?=a' at 0")]
    [InlineData("(?<!a)b", "regex does not support the group '(?<!' at 0")]
    [InlineData("(?>a)b", "regex does not support the group '(?>a' at 0")]
    [InlineData("(?<a>x)(?<b-a>y)", "regex does not support the group '(?<b' at 7")]
    [InlineData(@"(a)\1", @"regex does not support '\1' at 3")]
    [InlineData(@"\bword\b", @"regex does not support '\b' at 0")]
    [InlineData("(?i)a", "regex does not support the group '(?i)' at 0")]
    [InlineData("a^b", "regex does not support '^' at 1")]
    [InlineData("a$b", "regex does not support '$' at 1")]
    [InlineData("[a👩]", "a character beyond U+FFFF in a class")]
    [InlineData("👩+", "put it in a group")]
    [InlineData("[a-z-[aeiou]]", "a class that takes another one away")]
    [InlineData("[[:alpha:]]", "'[:' in a class")]
    [InlineData("^*a", "a repetition of ^")]
    [InlineData("a{2000}", "a repetition of more than 1000")]
    [InlineData(@"[^\s\S]", @"'[^\s\S]', which no character matches")]
    public void What_is_wrong_or_not_supported_is_named(string regex, string named)
    {
        var error = Assert.Throws<ChatLoopException>(() => SamplingLimits.Check(new() { Regex = regex }));
        Assert.Equal(Contracts.Errors.ErrorCode.Invalid, error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_constraint_that_is_too_large_is_refused()
    {
        var compiler = new ConstraintCompiler(Tokenizer, [End]);
        var error = Assert.Throws<ChatLoopException>(() => compiler.Begin(new() { Regex = "((abcdefghij){1000}){1000}" }));
        Assert.Contains("the constraint is too large", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Or answers would be taken for constrained that are not.</summary>
    [Fact]
    public void Sampling_without_the_constraint_that_is_asked_for_is_refused()
    {
        var parameters = new SamplingParameters { Regex = "a" };
        Assert.Throws<ArgumentException>(() => new TokenSampler().Sample([1f, 2f], new(parameters, new(1))));
        Assert.Throws<ArgumentException>(() => new TokenSampler().LogProbability([1f, 2f], parameters, 0));
    }

    /// <summary>Two tokens are allowed; their log-probabilities are those of a choice between the two, e^0 and e^1.</summary>
    [Fact]
    public void Log_probabilities_are_over_what_is_allowed()
    {
        var logits = Enumerable.Repeat(9f, Tokenizer.VocabularySize).ToArray();
        var (x, y) = (Tokenizer.Encode("x")[0], Tokenizer.Encode("y")[0]);
        (logits[x], logits[y]) = (0, 1);
        var parameters = new SamplingParameters { Regex = "x|y" };
        var constraint = new ConstraintCompiler(Tokenizer, [End]).Begin(parameters);

        var token = new TokenSampler().Sample(logits, new(parameters, new(1), Alternatives: 5, Constraint: constraint));

        Assert.Equal([y, x], token.Alternatives!.Select(a => a.Id));
        Assert.Equal(-0.313262, token.Alternatives![0].LogProbability, 1e-5);
        Assert.Equal(-1.313262, token.Alternatives![1].LogProbability, 1e-5);
    }
}
