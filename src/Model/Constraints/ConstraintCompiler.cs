using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Constraints;

/// <summary>Makes the constraints that requests ask for, for one tokenizer; the newest are kept. Thread-safe.</summary>
/// <param name="endIds">Tokens that end an answer.</param>
public sealed class ConstraintCompiler(Tokenizer tokenizer, IReadOnlyCollection<int> endIds)
{
    private const int MostKept = 32;

    private readonly Lazy<SortedVocabulary> _vocabulary = new(() => new(tokenizer, endIds));
    private readonly Lock _gate = new();
    private readonly LinkedList<((string? Regex, string? JsonSchema) Key, TokenConstraint Constraint)> _kept = [];

    /// <summary>The way of one answer through what these parameters ask for; null when they ask for nothing.</summary>
    /// <exception cref="ChatLoopException">Invalid: names what is wrong or not supported.</exception>
    public ConstrainedAnswer? Begin(SamplingParameters parameters) =>
        TokenConstraint.IsNeeded(parameters) ? new(ConstraintOf((parameters.Regex, parameters.JsonSchema))) : null;

    /// <summary>Checks all that can be said without a tokenizer.</summary>
    /// <exception cref="ChatLoopException">Invalid: names what is wrong or not supported.</exception>
    public static void Check(SamplingParameters parameters) => PatternOf(parameters.Regex, parameters.JsonSchema);

    private TokenConstraint ConstraintOf((string? Regex, string? JsonSchema) key)
    {
        lock (_gate)
        {
            if (Kept(key) is { } known) return known;
        }
        var made = new TokenConstraint(PatternOf(key.Regex, key.JsonSchema), _vocabulary.Value);
        lock (_gate)
        {
            if (Kept(key) is { } other) return other;
            _kept.AddFirst((key, made));
            if (_kept.Count > MostKept) _kept.RemoveLast();
            return made;
        }
    }

    private static Pattern PatternOf(string? regex, string? jsonSchema) => (regex, jsonSchema) switch
    {
        ({ } text, null) => RegexPattern.Parse(text),
        (null, { } text) => JsonSchemaPattern.Parse(text),
        _ => throw ChatLoopException.Invalid("Sampling: regex and jsonSchema exclude one another: name one of them."),
    };

    private TokenConstraint? Kept((string? Regex, string? JsonSchema) key)
    {
        for (var node = _kept.First; node is not null; node = node.Next)
        {
            if (node.Value.Key != key) continue;
            _kept.Remove(node);
            _kept.AddFirst(node);
            return node.Value.Constraint;
        }
        return null;
    }
}
