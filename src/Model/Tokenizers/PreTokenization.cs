using System.Text.RegularExpressions;
using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>A stretch of text within which tokens are merged.</summary>
/// <param name="AtStart">It begins where the whole text begins.</param>
internal readonly record struct Word(ReadOnlyMemory<char> Text, bool AtStart);

/// <summary>One step that cuts words into smaller ones, and may rewrite them.</summary>
internal delegate IEnumerable<Word> PreTokenizerStep(Word word);

/// <summary>The "pre_tokenizer" of a tokenizer.json: cuts text into words; merges never cross words.</summary>
internal sealed class PreTokenization
{
    /// <summary>GPT-2's pattern, which a ByteLevel pre-tokenizer with use_regex applies.</summary>
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Stands for a space in SentencePiece vocabularies.</summary>
    public const char SpaceMark = '▁';

    private readonly List<PreTokenizerStep> _steps;

    /// <exception cref="InvalidDataException">A kind that is not supported, by its name.</exception>
    public PreTokenization(JsonFields? preTokenizer)
    {
        var steps = preTokenizer.Steps("pretokenizers").ToList();
        _steps = [.. steps.Select(Step).OfType<PreTokenizerStep>()];
        var byteLevel = steps.FindIndex(s => s.OptionalText("type") == "ByteLevel");
        IsByteLevel = byteLevel >= 0;
        if (IsByteLevel && byteLevel != steps.Count - 1) throw TokenizerFile.Unsupported("pre-tokenizer ByteLevel is not the last step");
    }

    /// <summary>The words are to be written as bytes in the <see cref="ByteAlphabet"/>.</summary>
    public bool IsByteLevel { get; }

    /// <param name="atStart">The text is the beginning of what is tokenised, not the rest after an added token.</param>
    public IEnumerable<Word> Split(string text, bool atStart)
    {
        IEnumerable<Word> words = [new(text.AsMemory(), atStart)];
        foreach (var step in _steps) words = words.SelectMany(word => step(word));
        return words;
    }

    private static PreTokenizerStep? Step(JsonFields step) => step.OptionalText("type") switch
    {
        "Split" => Split(step),
        "Digits" => Split(@"\p{N}", step.OptionalFlag("individual_digits") is true ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false),
        "ByteLevel" => ByteLevel(step),
        "Metaspace" => Metaspace(step),
        var type => throw TokenizerFile.Unsupported(
            $"pre-tokenizer '{type}' is not supported; supported are Split, Digits, ByteLevel, Metaspace, and Sequence of these"),
    };

    private static PreTokenizerStep Split(JsonFields step)
    {
        var pattern = step.OptionalObject("pattern");
        var regex = pattern?.OptionalText("Regex") ?? (pattern?.OptionalText("String") is { } literal ? Regex.Escape(literal) : null);
        return regex is { Length: > 0 } && Enum.TryParse<SplitBehavior>(step.OptionalText("behavior"), out var behavior)
            ? Split(regex, behavior, step.OptionalFlag("invert") is true)
            : throw TokenizerFile.Unsupported($"pre-tokenizer Split needs a pattern and a behavior, found {step}");
    }

    private static PreTokenizerStep Split(string pattern, SplitBehavior behavior, bool invert)
    {
        CodePointRegex regex;
        try
        {
            regex = new(pattern);
        }
        catch (ArgumentException e)
        {
            throw TokenizerFile.Unsupported($"the pattern '{pattern}' of a Split is not one of .NET: {e.Message}");
        }
        return word => TextSplit.Split(word, regex.Matches(word.Text.Span), behavior, invert);
    }

    private static PreTokenizerStep? ByteLevel(JsonFields step)
    {
        var addsSpace = step.OptionalFlag("add_prefix_space") is not false;
        var split = step.OptionalFlag("use_regex") is not false ? Split(Gpt2Pattern, SplitBehavior.Isolated, invert: false) : word => [word];
        return addsSpace
            ? word => split(word.Text.Span is [' ', ..] ? word : word with { Text = $" {word.Text}".AsMemory() })
            : step.OptionalFlag("use_regex") is not false ? split : null;
    }

    private static PreTokenizerStep Metaspace(JsonFields step)
    {
        if (step.OptionalText("replacement") is not [SpaceMark])
            throw TokenizerFile.Unsupported($"pre-tokenizer Metaspace replaces spaces by '{step.OptionalText("replacement")}', supported is '{SpaceMark}'");
        var scheme = MetaspaceScheme(step);
        var regex = new CodePointRegex(SpaceMark.ToString());
        var splits = step.OptionalFlag("split") is not false;
        return word =>
        {
            var text = word.Text.ToString().Replace(' ', SpaceMark);
            if ((scheme == "always" || (scheme == "first" && word.AtStart)) && text is not [SpaceMark, ..]) text = SpaceMark + text;
            var marked = word with { Text = text.AsMemory() };
            return splits ? TextSplit.Split(marked, regex.Matches(text), SplitBehavior.MergedWithNext, invert: false) : [marked];
        };
    }

    /// <summary>When a Metaspace puts a mark before the text: always, first or never. Older files say add_prefix_space instead.</summary>
    public static string MetaspaceScheme(JsonFields metaspace) =>
        metaspace.OptionalText("prepend_scheme") ?? (metaspace.OptionalFlag("add_prefix_space") is not false ? "always" : "never");
}
