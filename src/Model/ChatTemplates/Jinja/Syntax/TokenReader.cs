namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <summary>The tokens of a template, one after the other.</summary>
internal sealed class TokenReader(string name, IReadOnlyList<Token> tokens)
{
    private int _position;

    public string TemplateName => name;
    public Token Current => tokens[_position];
    public Token Following => tokens[Math.Min(_position + 1, tokens.Count - 1)];
    public int Line => Current.Line;

    public Token Next()
    {
        var token = Current;
        if (token.Kind != TokenKind.End) _position++;
        return token;
    }

    public bool SkipOperator(string text) => Skip(Current.Is(text));
    public bool SkipName(string identifier) => Skip(Current.IsName(identifier));

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text)) throw Unexpected($"'{text}'");
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Unexpected(what);

    public TemplateException Unexpected(string expected) => Failure($"expected {expected}, found {Current}.");

    public TemplateException Failure(string reason) => new(TemplateFault.Syntax, name, Line, reason);

    private bool Skip(bool matches)
    {
        if (matches) _position++;
        return matches;
    }
}
