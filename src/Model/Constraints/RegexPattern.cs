using System.Globalization;
using System.Text.RegularExpressions;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Constraints;

/// <summary>
/// Reads a regular expression in .NET's syntax as a pattern of whole texts: literals, escapes, classes, the dot, groups, alternatives and
/// repetitions; ^ at the beginning and $ at the end change nothing. What it accepts, .NET's Regex matches from end to end. Classes and the dot
/// stand for characters of 16 bits, as .NET takes them.
/// </summary>
internal sealed class RegexPattern
{
    private const int MostRepeated = 1000;
    private const int MostClasses = 64;

    private readonly string _regex;
    private readonly Dictionary<string, Pattern> _classes = [];
    private int _at;

    private RegexPattern(string regex) => _regex = regex;

    /// <exception cref="ChatLoopException">Invalid: no regular expression, or one with something that is not supported, which it names.</exception>
    public static Pattern Parse(string regex)
    {
        try
        {
            _ = new Regex(regex, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException error)
        {
            throw ChatLoopException.Invalid($"Sampling: regex is no regular expression: {error.Message}");
        }
        var parser = new RegexPattern(regex);
        var pattern = parser.Alternatives();
        return parser._at == regex.Length ? pattern : throw Unsupported($"'{regex[parser._at]}' at {parser._at}");
    }

    private char? Next => _at < _regex.Length ? _regex[_at] : null;

    private Pattern Alternatives()
    {
        List<Pattern> options = [Sequence()];
        while (Next == '|')
        {
            _at++;
            options.Add(Sequence());
        }
        return options is [var only] ? only : Pattern.Either(options);
    }

    private Pattern.Sequence Sequence()
    {
        List<Pattern> parts = [];
        while (Next is not (null or '|' or ')'))
        {
            if (_at == 0 && Next == '^' || _at == _regex.Length - 1 && Next == '$') Anchor();
            else parts.Add(Repeated(Atom()));
        }
        return new(parts);
    }

    private void Anchor()
    {
        _at++;
        if (Times() is not null) throw Unsupported("a repetition of ^");
    }

    private Pattern Atom()
    {
        var start = _at;
        switch (_regex[_at++])
        {
            case '(': return Group();
            case '[': return Class(start);
            case '.': return Characters(".");
            case '\\': return Escape(start);
            case var anchor and ('^' or '$'): throw Unsupported($"'{anchor}' at {start}; ^ may stand at the beginning and $ at the end");
            case var high when char.IsHighSurrogate(high) && Next is { } low && char.IsLowSurrogate(low):
                _at++;
                return Next is '*' or '+' or '?' or '{'
                    ? throw Unsupported($"a repetition of '{high}{low}', two characters of 16 bits: put it in a group")
                    : Pattern.Of(_regex[start.._at]);
            case var single when char.IsSurrogate(single): throw Unsupported("half a surrogate pair");
            case var single: return Pattern.Of(single.ToString());
        }
    }

    private Pattern Group()
    {
        if (Next == '?')
        {
            var group = _regex[_at..];
            if (group.StartsWith("?:", StringComparison.Ordinal)) _at += 2;
            else if (NameEnd(group) is { } end) _at += end + 1;
            else throw Unsupported($"the group '({group[..Math.Min(group.Length, 3)]}' at {_at - 1}; (…), (?:…) and (?<name>…) are");
        }
        var inner = Alternatives();
        _at++;
        return inner;
    }

    /// <summary>Where the name of a named group ends; null for any other group, also one that takes a name away.</summary>
    private static int? NameEnd(string group)
    {
        int? end = group switch
        {
            ['?', '<', not ('=' or '!'), ..] => group.IndexOf('>', StringComparison.Ordinal),
            ['?', '\'', ..] => group.IndexOf('\'', 2),
            _ => null,
        };
        return end is { } known && !group[..known].Contains('-', StringComparison.Ordinal) ? end : null;
    }

    private Pattern Class(int start)
    {
        if (Next == '^') _at++;
        // A bracket that comes first stands for itself.
        if (Next == ']') _at++;
        for (; _regex[_at] != ']'; _at++)
        {
            if (char.IsSurrogate(_regex[_at])) throw Unsupported("a character beyond U+FFFF in a class");
            if (_regex[_at] == '[' && _regex[_at - 1] == '-') throw Unsupported("a class that takes another one away");
            if (_regex[_at] == '[' && _regex[_at + 1] == ':') throw Unsupported("'[:' in a class");
            if (_regex[_at] == '\\') _at++;
        }
        _at++;
        return Characters(_regex[start.._at]);
    }

    private Pattern Escape(int start)
    {
        var kind = _regex[_at++];
        if (kind is 'd' or 'D' or 'w' or 'W' or 's' or 'S') return Characters(_regex[start.._at]);
        if (kind is 'p' or 'P')
        {
            _at = _regex.IndexOf('}', _at) + 1;
            return Characters(_regex[start.._at]);
        }
        if (char.IsAsciiLetterOrDigit(kind) && kind is not ('t' or 'n' or 'r' or 'f' or 'v' or 'a' or 'e' or 'x' or 'u'))
            throw Unsupported($"'\\{kind}' at {start}");
        _at += kind switch { 'x' => 2, 'u' => 4, _ => 0 };
        var text = Regex.Unescape(_regex[start.._at]);
        return char.IsSurrogate(text[0]) ? throw Unsupported("half a surrogate pair") : Pattern.Of(text);
    }

    private Pattern Characters(string characterClass)
    {
        if (_classes.TryGetValue(characterClass, out var known)) return known;
        if (_classes.Count == MostClasses) throw Unsupported($"more than {MostClasses} different classes");
        var ranges = RegexCharacters.Of(characterClass);
        return _classes[characterClass] = ranges.Count > 0 ? new Pattern.Characters(ranges) : throw Unsupported($"'{characterClass}', which no character matches");
    }

    private Pattern Repeated(Pattern part)
    {
        if (Times() is not (int least, var most)) return part;
        // A lazy repetition has the same texts.
        if (Next == '?') _at++;
        return Math.Max(least, most ?? 0) <= MostRepeated
            ? part.Times(least, most)
            : throw Unsupported($"a repetition of more than {MostRepeated}");
    }

    private (int Least, int? Most)? Times()
    {
        switch (Next)
        {
            case '*': _at++; return (0, null);
            case '+': _at++; return (1, null);
            case '?': _at++; return (0, 1);
            case '{': return Counted();
            default: return null;
        }
    }

    /// <summary>{2}, {2,} or {2,5}; any other brace stands for itself, as in .NET.</summary>
    private (int Least, int? Most)? Counted()
    {
        var end = _regex.IndexOf('}', _at);
        if (end < 0) return null;
        var bounds = _regex[(_at + 1)..end].Split(',');
        if (bounds.Length > 2 || !bounds[0].All(char.IsAsciiDigit) || !bounds[^1].All(char.IsAsciiDigit) || bounds[0].Length == 0) return null;
        _at = end + 1;
        var least = Number(bounds[0]);
        return (least, bounds.Length == 1 ? least : bounds[1].Length == 0 ? null : Number(bounds[1]));
    }

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    private static ChatLoopException Unsupported(string what) => ChatLoopException.Invalid($"Sampling: regex does not support {what}.");
}
