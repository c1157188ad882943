namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <summary>
/// Cuts a template into text and the tokens of its tags, as jinja2's lexer does with trim_blocks and lstrip_blocks on, the settings
/// of Hugging Face's transformers: a block's line leaves neither its indentation nor its line break behind.
/// </summary>
internal sealed class Lexer
{
    private readonly string _name;
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;
    private bool _atLineStart = true;

    private Lexer(string name, string source)
    {
        _name = name;
        var normalised = source.ReplaceLineEndings("\n");
        _source = normalised.EndsWith('\n') ? normalised[..^1] : normalised;
    }

    /// <exception cref="TemplateException">A tag or string that does not end, or a character that no expression has.</exception>
    public static IReadOnlyList<Token> Read(string name, string source)
    {
        var lexer = new Lexer(name, source);
        while (lexer._position < lexer._source.Length) lexer.ReadTextAndTag();
        lexer._tokens.Add(new(TokenKind.End, "", lexer._line));
        return lexer._tokens;
    }

    private void ReadTextAndTag()
    {
        var tag = NextTag();
        if (tag < 0)
        {
            AddText(_source[_position..]);
            Advance(_source.Length);
            return;
        }
        var opening = _source[tag + 1];
        var sign = At(tag + 2) is '-' or '+' ? At(tag + 2) : '\0';
        AddText(WithoutIndentation(_source[_position..tag], sign, opening == '{'));
        Advance(tag + (sign == '\0' ? 2 : 3));
        if (opening == '#') SkipComment();
        else if (opening == '{') ReadTag(TokenKind.VariableBegin, TokenKind.VariableEnd, "}}");
        else if (!TryReadRaw()) ReadTag(TokenKind.BlockBegin, TokenKind.BlockEnd, "%}");
    }

    private int NextTag()
    {
        for (var i = _source.IndexOf('{', _position); i >= 0; i = _source.IndexOf('{', i + 1))
        {
            if (At(i + 1) is '{' or '%' or '#') return i;
        }
        return -1;
    }

    private string WithoutIndentation(string text, char sign, bool isVariable)
    {
        if (sign == '-') return text.TrimEnd(PythonSpace.All);
        if (sign == '+' || isVariable) return text;
        var lineStart = text.LastIndexOf('\n') + 1;
        return (lineStart > 0 || _atLineStart) && PythonSpace.IsBlank(text.AsSpan(lineStart)) ? text[..lineStart] : text;
    }

    private void SkipComment()
    {
        var end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0) throw Failure("a comment starts with '{#' and has no '#}'.");
        var sign = end > _position && _source[end - 1] is '-' or '+' ? _source[end - 1] : '\0';
        Advance(EndOfTag(sign, end));
    }

    /// <summary>{% raw %} up to {% endraw %} is text.</summary>
    private bool TryReadRaw()
    {
        var begin = TagNamed("raw", _position);
        if (begin is not { } start) return false;
        // jinja2 does not trim the line break after {% raw %} unless it says '-'.
        Advance(start.Sign == '-' ? SkipSpace(start.End + 2) : start.End + 2);
        for (var i = _source.IndexOf("{%", _position, StringComparison.Ordinal); i >= 0; i = _source.IndexOf("{%", i + 1, StringComparison.Ordinal))
        {
            var sign = At(i + 2) is '-' or '+' ? At(i + 2) : '\0';
            if (TagNamed("endraw", i + (sign == '\0' ? 2 : 3)) is not { } end) continue;
            AddText(WithoutIndentation(_source[_position..i], sign, isVariable: false));
            Advance(EndOfTag(end.Sign, end.End));
            return true;
        }
        throw Failure("'{% raw %}' has no '{% endraw %}'.");
    }

    /// <summary>Where "%}" starts when the tag holds this name alone, and the sign before it.</summary>
    private (int End, char Sign)? TagNamed(string name, int start)
    {
        var i = SkipSpace(start);
        if (string.CompareOrdinal(_source, i, name, 0, name.Length) != 0) return null;
        i = SkipSpace(i + name.Length);
        var sign = At(i) is '-' or '+' ? At(i++) : '\0';
        return At(i) == '%' && At(i + 1) == '}' ? (i, sign) : null;
    }

    private void ReadTag(TokenKind begin, TokenKind end, string closing)
    {
        _tokens.Add(new(begin, "", _line));
        var brackets = new Stack<char>();
        while (true)
        {
            Advance(SkipSpace(_position));
            if (_position >= _source.Length) throw Failure($"a tag has no '{closing}'.");
            if (brackets.Count == 0 && TryEndTag(end, closing)) return;
            ReadExpressionToken(brackets);
        }
    }

    private bool TryEndTag(TokenKind end, string closing)
    {
        var sign = At(_position) == '-' || At(_position) == '+' && closing == "%}" ? At(_position) : '\0';
        var start = _position + (sign == '\0' ? 0 : 1);
        if (string.CompareOrdinal(_source, start, closing, 0, 2) != 0) return false;
        _tokens.Add(new(end, "", _line));
        var isVariable = end == TokenKind.VariableEnd;
        Advance(isVariable && sign == '\0' ? start + 2 : EndOfTag(sign, start));
        return true;
    }

    /// <summary>Behind the two closing characters at <paramref name="closing"/> and the white space that goes with them.</summary>
    private int EndOfTag(char sign, int closing) => sign switch
    {
        '-' => SkipSpace(closing + 2),
        '+' => closing + 2,
        _ => At(closing + 2) == '\n' ? closing + 3 : closing + 2,
    };

    private void ReadExpressionToken(Stack<char> brackets)
    {
        var first = _source[_position];
        if (char.IsAsciiDigit(first)) ReadNumber();
        else if (first == '_' || char.IsLetter(first)) ReadName();
        else if (first is '\'' or '"') ReadString(first);
        else ReadOperator(first, brackets);
    }

    private void ReadNumber()
    {
        var end = Digits(_position);
        var isFloat = false;
        if (At(end) == '.' && char.IsAsciiDigit(At(end + 1)))
        {
            end = Digits(end + 1);
            isFloat = true;
        }
        if (At(end) is 'e' or 'E')
        {
            var exponent = At(end + 1) is '+' or '-' ? end + 2 : end + 1;
            if (char.IsAsciiDigit(At(exponent)))
            {
                end = Digits(exponent);
                isFloat = true;
            }
        }
        Add(isFloat ? TokenKind.Float : TokenKind.Integer, _source[_position..end].Replace("_", "", StringComparison.Ordinal), end);
    }

    private int Digits(int start)
    {
        while (char.IsAsciiDigit(At(start)) || At(start) == '_' && char.IsAsciiDigit(At(start + 1))) start++;
        return start;
    }

    private void ReadName()
    {
        var end = _position;
        while (At(end) == '_' || char.IsLetterOrDigit(At(end))) end++;
        Add(TokenKind.Name, _source[_position..end], end);
    }

    private void ReadString(char quote)
    {
        var end = _position + 1;
        while (At(end) != quote)
        {
            if (end >= _source.Length) throw Failure($"a string has no closing {quote}.");
            end += At(end) == '\\' ? 2 : 1;
        }
        Add(TokenKind.String, StringLiteral.Unescape(_source[(_position + 1)..end]), end + 1);
    }

    private void ReadOperator(char first, Stack<char> brackets)
    {
        var two = _position + 2 <= _source.Length ? _source.Substring(_position, 2) : "";
        if (two is "//" or "**" or "==" or "!=" or ">=" or "<=")
        {
            Add(TokenKind.Operator, two, _position + 2);
            return;
        }
        if (!"+-*/%~[](){}<>=.:|,".Contains(first)) throw Failure($"'{first}' is not part of an expression.");
        if (first is '(' or '[' or '{') brackets.Push(first switch { '(' => ')', '[' => ']', _ => '}' });
        if (first is ')' or ']' or '}' && (!brackets.TryPop(out var expected) || expected != first))
            throw Failure(expected == '\0' ? $"'{first}' closes nothing." : $"expected '{expected}', found '{first}'.");
        Add(TokenKind.Operator, first.ToString(), _position + 1);
    }

    private char At(int index) => index < _source.Length ? _source[index] : '\0';

    private int SkipSpace(int index)
    {
        while (index < _source.Length && PythonSpace.Is(_source[index])) index++;
        return index;
    }

    private void AddText(string text)
    {
        if (text.Length > 0) _tokens.Add(new(TokenKind.Text, text, _line));
    }

    private void Add(TokenKind kind, string value, int end)
    {
        _tokens.Add(new(kind, value, _line));
        Advance(end);
    }

    private void Advance(int end)
    {
        if (end == _position) return;
        _line += _source.AsSpan(_position, end - _position).Count('\n');
        _atLineStart = _source[end - 1] == '\n';
        _position = end;
    }

    private TemplateException Failure(string reason) => new(TemplateFault.Syntax, _name, _line, reason);
}
